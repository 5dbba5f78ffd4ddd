import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Provider, TaskIds } from '../../providers/provider.js';
import { allTargets } from '../vendor.js';
import { ask, stillOpen } from './vendor-calls.js';

/** The Activities of the peers that use Temporal. */
export function createPeerActivities(provider: Provider) {
  const lists = new Map<string, Promise<TaskIds[]>>();
  const all = (targets: string) => {
    const list = lists.get(targets) ?? allTargets(targets);
    lists.set(targets, list);
    return list;
  };
  return {
    askToCancel: (task: TaskIds): Promise<void> => ask(provider, task),

    /** One look; that it fails is how it is done again, as in Temporal's sample of infrequent polling. */
    async mustBeCanceled(task: TaskIds): Promise<void> {
      if ((await stillOpen(provider, [task])).length === 0) return;
      // Benign: the failures that are expected are not logged.
      throw ApplicationFailure.create({ message: 'still open', category: ApplicationFailureCategory.BENIGN });
    },

    countTargets: async (targets: string): Promise<number> => (await all(targets)).length,

    pageOfTargets: async (targets: string, offset: number, limit: number): Promise<TaskIds[]> =>
      (await all(targets)).slice(offset, offset + limit),
  };
}

export type PeerActivities = ReturnType<typeof createPeerActivities>;
