import type { Client } from '@temporalio/client';
import { CancellationEndedError, type CancellationHandle } from '../client/index.js';
import { webhookId } from '../contract/callback.js';
import { callbackWorkflowId } from '../contract/names.js';
import { describeWorkflow } from './describe-workflow.js';
import { inTime } from './in-time.js';

/**
 * Has an address told the end of a cancellation, too. One that has ended tells nobody any more: whether it has told this one shows
 * by the Workflow that delivers it, which is begun before the end.
 * @returns whether the address is told.
 * @throws RequestRefusedError; NoWorkerError; NoAnswerInTimeError.
 */
export async function tellsEnd(
  client: Client,
  handle: CancellationHandle,
  { firstRunId, callbackUrl }: { readonly firstRunId: string; readonly callbackUrl: string },
): Promise<boolean> {
  try {
    await handle.addCallback(callbackUrl);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof CancellationEndedError)) throw thrown;
  }
  const delivery = callbackWorkflowId(webhookId(firstRunId, callbackUrl));
  return (await inTime(client, () => describeWorkflow(client, delivery))) !== undefined;
}
