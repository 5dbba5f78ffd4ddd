import type { Observation } from '../contract/observation.js';
import { ProviderError, type TaskIds } from './provider.js';
import { requestIdIfAny } from './request-id-if-any.js';

/**
 * Looks at tasks that belong to one thing. When the vendor's own word is that this is not there, or not the caller's, every
 * one of them is `inaccessible`: that is no absence of a task, and nothing that asking again would mend.
 * @param saysSo whether an error is that word.
 */
export async function orInaccessible(
  tasks: readonly TaskIds[],
  saysSo: (error: ProviderError) => boolean,
  look: () => Promise<Observation[]>,
): Promise<Observation[]> {
  try {
    return await look();
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || !saysSo(thrown)) throw thrown;
    const { code, message, context } = thrown;
    const inaccessible: Observation = {
      state: 'inaccessible',
      rawState: code,
      observedAt: new Date().toISOString(),
      message: `${code}: ${message}`,
      ...requestIdIfAny(context.requestId),
    };
    return tasks.map(() => inaccessible);
  }
}
