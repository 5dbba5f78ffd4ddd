import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { isNotFound } from './grpc-errors.js';

/** What makes a request one, however often it is sent. */
export interface RequestOptions {
  /** The same id again gets the first one's answer, and nothing is done twice. */
  readonly requestId?: string;
  /** Of a repeat: the run that the first was sent to, which keeps its answer when it has ended or goes on in another. */
  readonly sentTo?: string;
}

/** The answer that a repeated request has had; undefined where it has none. */
export async function givenAnswer(
  client: Client,
  workflowId: string,
  { requestId, sentTo }: RequestOptions,
): Promise<{ readonly answer: unknown } | undefined> {
  if (requestId === undefined || sentTo === undefined) return undefined;
  const update = client.workflow.getHandle(workflowId, sentTo).getUpdateHandle(requestId);
  try {
    return { answer: await update.result() };
  } catch (thrown) {
    if (thrown instanceof WorkflowNotFoundError || isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Sends an Update, and waits for its answer; of one that was sent before, takes the answer it was given. */
export function updateOnce<Answer>(
  workflow: WorkflowHandle,
  name: string,
  request: unknown,
  options: RequestOptions,
): Promise<Answer> {
  const sending = workflow.executeUpdate<Answer, [unknown]>(name, { args: [request], ...idOf(options) });
  return sending.catch((thrown: unknown) => keptUpdate<Answer>(workflow, options, thrown).result());
}

/** The same, without waiting for the answer. */
export function beginUpdate<Answer>(
  workflow: WorkflowHandle,
  name: string,
  request: unknown,
  options: RequestOptions,
): Promise<WorkflowUpdateHandle<Answer>> {
  const sending = workflow.startUpdate<Answer, [unknown]>(name, {
    args: [request],
    ...idOf(options),
    waitForStage: 'ACCEPTED',
  });
  return sending.catch((thrown: unknown) => keptUpdate<Answer>(workflow, options, thrown));
}

function idOf({ requestId }: RequestOptions) {
  return requestId === undefined ? {} : { updateId: requestId };
}

/** Of a Workflow that has ended, maybe by this very request: then its answer is kept. @throws what was thrown, else. */
function keptUpdate<Answer>(
  workflow: WorkflowHandle,
  { requestId }: RequestOptions,
  thrown: unknown,
): WorkflowUpdateHandle<Answer> {
  if (requestId === undefined || !(thrown instanceof WorkflowNotFoundError)) throw thrown;
  return workflow.getUpdateHandle<Answer>(requestId);
}
