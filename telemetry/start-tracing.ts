import type { WorkflowSpan } from '../contract/headers.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** With one of these, or OTEL_TRACES_EXPORTER=otlp, traces are exported. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** Traces of this process. */
export interface Tracing {
  /** Tells of a run of a Workflow that has ended. */
  workflowEnded(about: WorkflowAbout, span: WorkflowSpan): void;
  /** Exports what is not exported yet; gives that up after some seconds. */
  stop(): Promise<void>;
}

export interface WorkflowAbout {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly runId: string;
}

/** Traces nothing. */
export const NO_TRACING: Tracing = { workflowEnded() {}, async stop() {} };

/**
 * Exports traces by OTLP, if OpenTelemetry's own variables say so; else nothing of it is loaded.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @param service the name by which backends show this process, unless OTEL_SERVICE_NAME says another.
 * @throws TracingError for an exporter, a protocol or a sampler that is not supported.
 */
export async function startTracing(service: string, env: Env = process.env): Promise<Tracing> {
  if (!isWanted(env)) return NO_TRACING;
  const { exportTraces } = await import('./export-traces.js');
  return exportTraces(service, env);
}

function isWanted(env: Env): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const exporter = env['OTEL_TRACES_EXPORTER'] ?? '';
  // Others than OTLP are refused where it is set up.
  return exporter === '' ? ENDPOINTS.some((name) => (env[name] ?? '') !== '') : exporter !== 'none';
}
