import type { Provider } from '../providers/provider.js';

/** How many calls a look at so many tasks takes at best. */
export function lookCalls(
  { observeBatchSize, observedPerCall = observeBatchSize }: Provider,
  tasks: number,
): number {
  return Math.ceil(tasks / observedPerCall);
}
