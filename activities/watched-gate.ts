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
      let isMade = false;
      const made = () => {
        isMade = true;
        const waitedMs = performance.now() - askedAtMs;
        metrics.made(operation, waitedMs);
        return timed(metrics, operation, () => traced(operation, { ...labels, waitedMs }, call));
      };
      try {
        return await gate.pass(operation, signal, made);
      } catch (thrown) {
        if (!isMade && thrown instanceof HeldBackError) metrics.heldBack(operation, thrown);
        throw thrown;
      }
    },
  };
}

async function timed<T>(metrics: ConnectionMetrics, operation: string, call: () => Promise<T>): Promise<T> {
  const madeAtMs = performance.now();
  try {
    const answer = await call();
    metrics.answered(operation, performance.now() - madeAtMs);
    return answer;
  } catch (thrown) {
    if (thrown instanceof ProviderError) metrics.answered(operation, performance.now() - madeAtMs, thrown);
    throw thrown;
  }
}

/** A span of the call; of an error, its kind, its code and the vendor's request id: a message may repeat what was sent. */
function traced<T>(
  operation: string,
  { connection, provider, waitedMs }: MeasuredConnection & { readonly waitedMs: number },
  call: () => Promise<T>,
): Promise<T> {
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
