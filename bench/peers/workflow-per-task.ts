import { proxyActivities } from '@temporalio/workflow';
import type { TaskIds } from '../../providers/provider.js';
import type { PeerActivities } from './activities.js';

const { askToCancel } = proxyActivities<PeerActivities>({ startToCloseTimeout: '30 seconds' });
/** The server repeats the Activity: the cheapest way to poll that the samples show. */
const { mustBeCanceled } = proxyActivities<PeerActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 1 },
});

/**
 * One Workflow for each task.
 * @see https://github.com/temporalio/samples-typescript/tree/main/polling/infrequent
 */
export async function cancelOne(task: TaskIds): Promise<void> {
  await askToCancel(task);
  await mustBeCanceled(task);
}
