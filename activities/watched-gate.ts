import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { CallGate } from '../providers/call-gate.js';
import { ProviderError } from '../providers/provider.js';
import type { ConnectionMetrics, MeasuredConnection } from './connection-metrics.js';
import { HeldBackError } from './held-back-error.js';
import { linksHere } from './shared-trace.js';

/** A gate that measures and traces the calls that pass it, and counts those that it holds back. */
export function watchedGate(
  gate: CallGate,
  metrics: ConnectionMetrics,
  labels: MeasuredConnection,
): CallGate {
  return {
    async pass(operation, signal, call) {
      const askedAtMs = performance.now();
      let madeAtMs: number | undefined;
      const tookMs = (sinceMs: number) => performance.now() - sinceMs;
      try {
        const answer = await gate.pass(operation, signal, () => {
          madeAtMs = performance.now();
          const waitedMs = madeAtMs - askedAtMs;
          metrics.made(operation, waitedMs);
          return traced(operation, { ...labels, waitedMs }, call);
        });
        metrics.answered(operation, tookMs(madeAtMs ?? askedAtMs));
        return answer;
      } catch (thrown) {
        if (!(thrown instanceof ProviderError)) throw thrown;
        if (madeAtMs !== undefined) metrics.answered(operation, tookMs(madeAtMs), thrown);
        else if (thrown instanceof HeldBackError) metrics.heldBack(operation, thrown);
        throw thrown;
      }
    },
  };
}

/**
 * A span of the call, where there is a trace that it belongs to: with tracing on, every Activity has one. Of an error, its kind, its
 * code and the vendor's request id: a message may repeat what was sent.
 */
function traced<T>(
  operation: string,
  { connection, provider, waitedMs }: MeasuredConnection & { readonly waitedMs: number },
  call: () => Promise<T>,
): Promise<T> {
  // A campaign makes thousands of calls a second, and tracing is off by default.
  if (trace.getActiveSpan() === undefined) return call();
  const attributes = {
    'quiesce.connection': connection,
    'quiesce.provider': provider,
    'quiesce.waited_ms': Math.round(waitedMs),
  };
  const options = { kind: SpanKind.CLIENT, attributes, links: linksHere() };
  return trace.getTracer('quiesce').startActiveSpan(operation, options, async (span) => {
    try {
      return await call();
    } catch (thrown) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (thrown instanceof ProviderError) {
        const { kind, code, context } = thrown;
        span.setAttributes({ 'error.type': code, 'quiesce.error_kind': kind });
        if (context.requestId !== undefined)
          span.setAttribute('quiesce.vendor_request_id', context.requestId);
      }
      throw thrown;
    } finally {
      span.end();
    }
  });
}
