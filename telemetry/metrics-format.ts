/** What is shown of metrics, and in which format. */
export interface ShownMetrics {
  readonly contentType: string;
  readonly text: string;
}

const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Metrics in the format that is asked for: OpenMetrics, or Prometheus' own text where that is what the caller likes better.
 * @param text in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
 * @param accept the request's header; Prometheus names both.
 */
export function inFormat(text: string, accept: string | undefined): ShownMetrics {
  return likesTextBetter(accept)
    ? { contentType: TEXT_TYPE, text }
    : { contentType: OPENMETRICS_TYPE, text: toOpenMetrics(text) };
}

/** By the weights of RFC 9110, 12.5.1; where none is named, it takes whatever comes. */
function likesTextBetter(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return false;
  const weights = new Map<string, number>();
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const weight = Number(parameters.find((each) => each.startsWith('q='))?.slice('q='.length) ?? 1);
    weights.set(type, Math.max(weight, weights.get(type) ?? 0));
  }
  const weightOf = (type: string) =>
    weights.get(type) ?? weights.get(type.replace(/\/.*/, '/*')) ?? weights.get('*/*') ?? 0;
  return weightOf('text/plain') > weightOf('application/openmetrics-text');
}

/**
 * The same metrics as OpenMetrics 1.0 has them (https://prometheus.io/docs/specs/om/open_metrics_spec/): a counter's family is named
 * without the `_total` of its samples, bounds of buckets are written as floats, what has no type is `unknown`, and the end is told.
 */
function toOpenMetrics(text: string): string {
  const types = new Map(
    Array.from(text.matchAll(/^# TYPE (\S+) (\w+)$/gm), ([, name = '', type]) => [name, type]),
  );
  const isCounter = (name: string) => types.get(name) === 'counter';
  const family = (name: string) => (isCounter(name) ? name.replace(/_total$/, '') : name);
  const lines = text.split('\n').flatMap((line) => {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'TYPE') return [`# TYPE ${family(name)} ${rest === 'untyped' ? 'unknown' : rest}`];
    if (word === 'HELP') return [`# HELP ${family(name)} ${rest.replaceAll('"', String.raw`\"`)}`];
    if (line === '' || line.startsWith('#')) return [];
    const sample = line.replace(/^[^\s{]+/, (each) => (isCounter(each) ? `${family(each)}_total` : each));
    return [sample.replace(/([{,](?:le|quantile)=")(-?\d+)"/, '$1$2.0"')];
  });
  return [...lines, '# EOF\n'].join('\n');
}
