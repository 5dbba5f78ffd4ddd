import { parse } from 'yaml';
import { filesUnder, read } from './deploy-files.js';

/** What Prometheus itself adds to every target. */
const OF_PROMETHEUS = new Set(['up']);

/** Every metric that a dashboard or an alert asks for, by the name it is declared with. */
export function askedMetrics(): Set<string> {
  const dashboards = filesUnder('deploy/grafana/dashboards', '.json').flatMap((file) =>
    JSON.parse(read(file)).panels.flatMap((panel: { targets: { expr: string }[] }) => panel.targets),
  );
  const rules = filesUnder('deploy/prometheus/rules', '.yml').flatMap((file) =>
    parse(read(file)).groups.flatMap((group: { rules: unknown[] }) => group.rules),
  );
  return new Set([...dashboards, ...rules].flatMap(({ expr }: { expr: string }) => namesIn(expr)));
}

/** Names in an expression: what is neither a label, a function nor a word of PromQL. */
function namesIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b([a-z][a-z_0-9]+)\b(?!\s*\()/g)]
    .map(([, name = '']) => name.replace(/_(bucket|count|sum)$/, ''))
    .filter((name) => !['or', 'and', 'unless', 'offset'].includes(name) && !OF_PROMETHEUS.has(name));
}

/** The metrics that docs/metrics.md lists. */
export function documentedMetrics(): Set<string> {
  return new Set(
    [...read('docs/metrics.md').matchAll(/^\| `([a-z_0-9]+)` \|/gm)].map(([, name]) => name ?? ''),
  );
}

/** The metrics that an exposition declares, by their names as they are asked for. */
export function shownMetrics(text: string): Set<string> {
  const isOpenMetrics = text.endsWith('# EOF\n');
  return new Set(
    [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type]) =>
      isOpenMetrics && type === 'counter' ? `${name}_total` : name,
    ),
  );
}
