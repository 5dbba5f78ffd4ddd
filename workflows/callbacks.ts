import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  defineUpdate,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
  type TemporalFailure,
} from '@temporalio/workflow';
import {
  CALLBACK_URL_FORM,
  isCallbackUrl,
  MOST_CALLBACKS,
  webhookId,
  type AddCallbackAnswer,
  type AddCallbackRequest,
  type CallbackFailure,
  type CallbackInput,
  type CallbackPayload,
} from '../contract/callback.js';
import {
  ADD_CALLBACK_UPDATE,
  callbackWorkflowId,
  DELIVER_CALLBACK_WORKFLOW,
  TASK_QUEUE,
} from '../contract/names.js';
import { searchAttributeKey, searchAttributePairs } from '../contract/search-attributes.js';
import type { deliverCallback } from './deliver-callback.js';
import { invalid } from './invalid.js';

export const addCallbackUpdate = defineUpdate<AddCallbackAnswer, [AddCallbackRequest]>(ADD_CALLBACK_UPDATE);

const LONGEST_FAILURE = 2_000;

/** Whom a Workflow tells its end: the address of its input, and those that others have added. */
export class Callbacks {
  readonly #urls: string[];

  /**
   * @param given the input's, which is checked.
   * @param before all that the run before this one told.
   */
  constructor(given: string | undefined, before?: readonly string[]) {
    this.#urls = [...(before ?? (given === undefined ? [] : [given]))];
    setHandler(addCallbackUpdate, ({ callbackUrl }) => this.#add(callbackUrl), {
      description: 'Tell an address the end, too: {"callbackUrl": "https://hooks.example.com/quiesce"}',
      validator: (request) => this.#check(request?.callbackUrl),
    });
  }

  /** Not part of any progress: whoever may read that is not to learn the tokens in others' addresses. */
  get urls(): readonly string[] {
    return this.#urls;
  }

  /**
   * Begins to tell the end to all of them, those included that are added meanwhile. Whether and when they hear of it is for
   * Workflows of their own; where one of the same id is under way, this run follows another that began it.
   */
  async tell(payload: CallbackPayload): Promise<void> {
    // Temporal's own cancel is an end, too.
    await CancellationScope.nonCancellable(async () => {
      for (const callbackUrl of this.#urls) await startDelivery({ callbackUrl, payload });
    });
  }

  #add(callbackUrl: string): AddCallbackAnswer {
    if (!this.#urls.includes(callbackUrl)) this.#urls.push(callbackUrl);
    return { webhookId: idOf(callbackUrl) };
  }

  #check(callbackUrl: unknown): void {
    if (!isCallbackUrl(callbackUrl)) throw invalid(`callbackUrl must be ${CALLBACK_URL_FORM}.`);
    if (this.#urls.length < MOST_CALLBACKS || this.#urls.includes(callbackUrl)) return;
    throw invalid(`It tells ${MOST_CALLBACKS} callbacks already, which is the limit.`);
  }
}

/** How a Workflow fails, for whoever is told. */
export function toCallbackFailure(failure: TemporalFailure): CallbackFailure {
  const type = failure instanceof ApplicationFailure ? failure.type : undefined;
  return { type: type ?? 'Workflow.failed', message: failure.message.slice(0, LONGEST_FAILURE) };
}

async function startDelivery(input: CallbackInput): Promise<void> {
  const { data } = input.payload;
  // As it is shown of the one that has ended: where ids are hidden, no more of them.
  const task = workflowInfo().typedSearchAttributes.get(searchAttributeKey('task'));
  try {
    await startChild<typeof deliverCallback>(DELIVER_CALLBACK_WORKFLOW, {
      workflowId: callbackWorkflowId(idOf(input.callbackUrl)),
      taskQueue: TASK_QUEUE,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: searchAttributePairs({
        task,
        campaign: 'task' in data ? data.campaign : data.id,
      }),
      staticSummary: `tell the end of ${'task' in data ? data.task : `campaign ${data.id}`}`.slice(0, 200),
    });
  } catch (thrown) {
    if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw thrown;
  }
}

function idOf(callbackUrl: string): string {
  return webhookId(workflowInfo().firstExecutionRunId, callbackUrl);
}
