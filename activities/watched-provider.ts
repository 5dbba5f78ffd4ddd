import type { Observation } from '../contract/observation.js';
import { ProviderError, type Provider } from '../providers/provider.js';
import type { ConnectionMetrics } from './connection-metrics.js';
import { HeldBackError } from './held-back-error.js';

/** An adapter whose asks and looks are counted: by what the vendor means, whatever calls that takes. */
export function watchedProvider(provider: Provider, metrics: ConnectionMetrics): Provider {
  return {
    ...provider,

    async cancel(task, options) {
      try {
        const answer = await provider.cancel(task, options);
        metrics.asked(answer.kind);
        return answer;
      } catch (thrown) {
        // Of one that was held back, the vendor has not heard.
        if (thrown instanceof ProviderError && !(thrown instanceof HeldBackError)) metrics.asked(thrown.kind);
        throw thrown;
      }
    },

    async observe(tasks, options) {
      const seen = new Set<number>();
      const see = (index: number, observation: Observation) => {
        if (!seen.has(index)) metrics.observed(observation);
        seen.add(index);
        options.onSeen?.(index, observation);
      };
      const observations = await provider.observe(tasks, { ...options, onSeen: see });
      for (const [index, observation] of observations.entries())
        if (!seen.has(index)) metrics.observed(observation);
      return observations;
    },
  };
}
