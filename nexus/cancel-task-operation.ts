import type { Client } from '@temporalio/client';
import { TemporalOperationHandler } from '@temporalio/nexus';
import { HandlerError, type StartOperationContext } from 'nexus-rpc';
import { cancellationIdOf } from '../client/cancellation-id-of.js';
import { CancellationHandle } from '../client/cancellation-handle.js';
import { CancellationEndedError, RequestRefusedError } from '../client/errors.js';
import { cancelStartOptions } from '../client/quiesce.js';
import { isBegunBy } from '../client/start-memo.js';
import { checkErasable } from '../client/to-task-ref.js';
import type { CancelInput, CancelResult } from '../contract/cancellation.js';
import { CANCEL_TASK_WORKFLOW } from '../contract/names.js';
import { checkedInput } from '../workflows/checked-input.js';
import { isRecord, withoutNulls } from '../workflows/json-shapes.js';
import { checkedTask } from './checked-task.js';
import { leaveWorkflow, STARTED_BY_NEXUS } from './leave-workflow.js';
import { orBadRequest } from './or-bad-request.js';
import type { CancelTaskInput } from './quiesce-service.js';
import { refusal } from './refusal.js';
import { requesterOf } from './requester-of.js';

/**
 * Starts the cancellation of a task, or waits for the one that is under way, whoever started it.
 * @throws HandlerError `BAD_REQUEST`
 */
export const cancelTaskOperation = new TemporalOperationHandler<CancelTaskInput, CancelResult>({
  async start(context, temporal, given) {
    const { workflowId, input } = orBadRequest(() => checked(given, context, temporal.client));
    const { task, ...options } = input;
    const startOptions = cancelStartOptions(workflowId, task, { ...options, requestId: context.requestId });
    const operation = await temporal.startWorkflow(CANCEL_TASK_WORKFLOW, {
      ...startOptions,
      workflowIdConflictPolicy: 'USE_EXISTING',
      memo: { ...startOptions.memo, ...STARTED_BY_NEXUS },
    });
    const { callbackUrl } = input;
    if (callbackUrl !== undefined) await addCallback(temporal.client, { workflowId, callbackUrl, context });
    return operation;
  },
  cancelWorkflowRun: leaveWorkflow,
});

/**
 * Has the address told the end, too, by a cancellation that was found under way; one that this request has started knows it.
 * @throws HandlerError `BAD_REQUEST` when it takes no more of them; `UNAVAILABLE` when it has just ended.
 */
async function addCallback(
  client: Client,
  {
    workflowId,
    callbackUrl,
    context,
  }: { workflowId: string; callbackUrl: string; context: { requestId: string } },
): Promise<void> {
  const run = await client.workflow.getHandle(workflowId).describe();
  if (isBegunBy(run, context.requestId)) return;
  const adding = new CancellationHandle(client, workflowId).addCallback(callbackUrl);
  await adding.catch((thrown: unknown) => {
    if (thrown instanceof RequestRefusedError) throw refusal('BAD_REQUEST', thrown.message);
    // The server asks again, and whoever wants to be told starts another.
    if (thrown instanceof CancellationEndedError) throw new HandlerError('UNAVAILABLE', thrown.message);
    throw thrown;
  });
}

interface CheckedCancel {
  readonly workflowId: string;
  readonly input: CancelInput;
}

/** @throws InvalidTaskError; RequestRefusedError; ApplicationFailure `InvalidInput`. */
function checked(given: unknown, context: StartOperationContext, client: Client): CheckedCancel {
  const asked = withoutNulls(given);
  if (!isRecord(asked)) throw new RequestRefusedError('The input must be an object with the task to cancel.');
  const task = checkedTask(asked['task']);
  const workflowId = cancellationIdOf(client, task, { dryRun: asked['dryRun'] === true });
  const input = { ...asked, task, ...requesterOf(asked, context) };
  if (asked['deleteEnded'] === true) checkErasable(task);
  return { workflowId, input: checkedInput(input, workflowId) };
}
