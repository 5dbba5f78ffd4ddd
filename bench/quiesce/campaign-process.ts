import { boundHeap } from '../../cli/bound-heap.js';
import type { TaskRef } from '../../contract/task.js';
import { asChild } from '../processes/as-child.js';
import { readTargets } from '../vendor.js';

export interface CampaignProcessInput {
  readonly address: string;
  readonly provider: string;
  readonly connection: string;
}

/** Starts a campaign in a process of the kind that `quiesce campaign start` is, and waits for its result. */
await asChild(async ({ address, provider, connection }: CampaignProcessInput) => {
  boundHeap();
  const { Quiesce } = await import('../../client/index.js');
  const quiesce = await Quiesce.connect({ address });
  /** Read line by line while the campaign is loaded: no more than a few lanes are ever in memory. */
  async function* refs(targets: string): AsyncGenerator<TaskRef> {
    for await (const ids of readTargets(targets)) yield { provider, connection, ids };
  }
  return async (targets) => {
    const campaign = await quiesce.campaigns.start({ targets: refs(targets) }, { reason: 'bench' });
    return campaign.result();
  };
});
