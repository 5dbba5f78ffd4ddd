import type { CallGate } from '../providers/call-gate.js';
import { ProviderError } from '../providers/provider.js';
import type { ConnectionMetrics } from './connection-metrics.js';
import { HeldBackError } from './held-back-error.js';

/** A gate that measures the calls that pass it, and those that it holds back. */
export function watchedGate(gate: CallGate, metrics: ConnectionMetrics): CallGate {
  return {
    async pass(operation, signal, call) {
      const askedAtMs = performance.now();
      let isMade = false;
      const made = async () => {
        isMade = true;
        const madeAtMs = performance.now();
        metrics.made(operation, madeAtMs - askedAtMs);
        try {
          const answer = await call();
          metrics.answered(operation, performance.now() - madeAtMs);
          return answer;
        } catch (thrown) {
          if (thrown instanceof ProviderError)
            metrics.answered(operation, performance.now() - madeAtMs, thrown);
          throw thrown;
        }
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
