/**
 * Temporal headers that go from whoever starts a Workflow on to its Activities and children. This one holds the W3C trace context
 * (`{"traceparent": "…"}`), as the OpenTelemetry interceptors of all Temporal SDKs pass it.
 */
export const TRACE_HEADER = '_tracer-data';
/** The id of the HTTP request that started it: a text. */
export const REQUEST_ID_HEADER = 'quiesce-request-id';

/** https://www.w3.org/TR/trace-context/#traceparent-header, with its sampled flag. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]([0-9a-f])$/;

/** Where a span stands; its ids are lower-case hex. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** A run of a Workflow, as a span that is told of when it has ended. */
export interface WorkflowSpan {
  readonly parent: TraceParent;
  readonly spanId: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: 'completed' | 'failed' | 'continued' | 'canceled';
}

/** What the header's payload says; undefined for anything else, which anybody's Temporal client may have sent. */
export function parseTraceParent(carrier: unknown): TraceParent | undefined {
  if (typeof carrier !== 'object' || carrier === null || !('traceparent' in carrier)) return undefined;
  const [, traceId, spanId, flags = '0'] = TRACEPARENT.exec(String(carrier.traceparent)) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceParent({ traceId, spanId, isSampled }: TraceParent): { traceparent: string } {
  return { traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}` };
}
