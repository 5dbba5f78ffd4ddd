import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { Env } from './start-tracing.js';
import { TracingError } from './tracing-error.js';

const SAMPLERS: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
};
const BY_PARENT = /^parentbased_/;

/**
 * As OTEL_TRACES_SAMPLER says: https://opentelemetry.io/docs/languages/sdk-configuration/general/#otel_traces_sampler
 * @throws TracingError
 */
export function samplerOf(env: Env): Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const make = SAMPLERS[name.replace(BY_PARENT, '')];
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || '1');
  if (make === undefined || !(ratio >= 0 && ratio <= 1))
    throw new TracingError(
      `OTEL_TRACES_SAMPLER must be one of ${Object.keys(SAMPLERS).join(', ')}, or one of them after parentbased_, and OTEL_TRACES_SAMPLER_ARG a share from 0 to 1.`,
    );
  const root = make(ratio);
  return BY_PARENT.test(name) ? new ParentBasedSampler({ root }) : root;
}
