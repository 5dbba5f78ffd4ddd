import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Provider, TaskIds } from '../../providers/provider.js';
import { allTargets } from '../vendor.js';
import { ask, stillOpen } from './vendor-calls.js';

/** The Activities of the peers that use Temporal. */
export function createPeerActivities(provider: Provider, targets: string) {
  const all = allTargets(targets);
  return {
    askToCancel: (task: TaskIds): Promise<void> => ask(provider, task),

    /** One look; that it fails is how it is done again, as in Temporal's sample of infrequent polling. */
    async mustBeCanceled(task: TaskIds): Promise<void> {
      if ((await stillOpen(provider, [task])).length === 0) return;
      // Benign: the failures that are expected are not logged.
      throw ApplicationFailure.create({ message: 'still open', category: ApplicationFailureCategory.BENIGN });
    },

    countTargets: async (): Promise<number> => (await all).length,

    pageOfTargets: async (offset: number, limit: number): Promise<TaskIds[]> =>
      (await all).slice(offset, offset + limit),
  };
}

export type PeerActivities = ReturnType<typeof createPeerActivities>;
