import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  rootCause,
  setCurrentDetails,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import type { CallbackActivities } from '../activities/callback-activities.js';
import {
  CALLBACK_URL_FORM,
  isCallbackUrl,
  type CallbackInput,
  type CallbackResult,
} from '../contract/callback.js';
import type { FailureType } from '../contract/failures.js';
import { alwaysUpgraded } from './always-upgraded.js';
import { countDelivery } from './count-ends.js';
import { invalid } from './invalid.js';
import { isRecord, isText } from './json-shapes.js';
import { code } from './markdown.js';
import { isoTime } from './story.js';

/**
 * Tells one address the end of a cancellation or a campaign: sends it again and again for three days, under one `webhook-id`, until it
 * is taken. A reset of this Workflow sends it anew.
 * @throws ApplicationFailure `Callback.…`, with the last attempt's failure, or `InvalidInput`.
 */
export async function deliverCallback(given: CallbackInput): Promise<CallbackResult> {
  const { callbackUrl, payload } = checked(given);
  const webhookId = idOf(workflowInfo().workflowId);
  const host = hostOf(callbackUrl);
  const about = `- **Receiver**: ${code(host)}\n- **webhook-id**: ${code(webhookId)}\n- **Event**: ${code(payload.type)}, ${code(payload.data.id)}`;
  setCurrentDetails(
    `### on its way\nEach attempt under Pending Activities is one try; its last failure says what the receiver answered.\n\n${about}`,
  );
  try {
    const { status, attempts } = await send(host)({ callbackUrl, webhookId, payload });
    countDelivery('delivered');
    setCurrentDetails(`### delivered\nThe receiver answered ${status} to attempt ${attempts}.\n\n${about}`);
    return { webhookId, status, attempts, deliveredAt: isoTime(Date.now()) };
  } catch (thrown) {
    if (!(thrown instanceof ActivityFailure) || isCancellation(thrown)) throw thrown;
    const why = rootCause(thrown) ?? thrown.message;
    countDelivery('given-up');
    setCurrentDetails(
      `### not delivered\nIt is given up. A reset of this Workflow sends it anew.\n\n${about}`,
    );
    throw failure(`Not delivered: ${why}`, thrown);
  }
}

/** For a receiver that does not answer it runs three days: no old build is kept for that. */
setWorkflowOptions(alwaysUpgraded, deliverCallback);

function send(host: string) {
  return proxyActivities<CallbackActivities>({
    // As the specification's example schedule: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    scheduleToCloseTimeout: '3 days',
    // Half a minute is what one attempt takes at most; see activities/send-callback.ts.
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    // Of attempts whose Worker died; else the Activity says when.
    retry: { initialInterval: '1 second', maximumInterval: '6 hours' },
    summary: `send it to ${host} (attempts are tries)`.slice(0, 200),
  }).postCallback;
}

/** The last attempt's type tells what was wrong; when the three days end in the middle of one, there is none. */
function failure(message: string, thrown: ActivityFailure): ApplicationFailure {
  const type = thrown.cause instanceof ApplicationFailure ? thrown.cause.type : undefined;
  const unknown = 'Callback.unreachable' satisfies FailureType;
  return ApplicationFailure.create({ message, type: type ?? unknown, nonRetryable: true, cause: thrown });
}

function checked(given: unknown): CallbackInput {
  const payload = isRecord(given) ? given['payload'] : undefined;
  const data = isRecord(payload) ? payload['data'] : undefined;
  const fits = isRecord(payload) && isText(payload['type']) && isRecord(data) && isText(data['id']);
  if (!isRecord(given) || !fits)
    throw invalid('The input must be an object with callbackUrl and payload, which has a type and data.id.');
  if (!isCallbackUrl(given['callbackUrl'])) throw invalid(`callbackUrl must be ${CALLBACK_URL_FORM}.`);
  return given as unknown as CallbackInput;
}

/** What is signed with it must be unambiguous: it holds no full stop. */
function idOf(workflowId: string): string {
  const [, id] = /^callback\/(msg_[0-9a-f]{32})$/.exec(workflowId) ?? [];
  if (id === undefined) throw invalid('The Workflow id of a callback must be callback/msg_<32 hex digits>.');
  return id;
}

/** The rest of an address may hold a token, and is shown nowhere but in the input. */
function hostOf(callbackUrl: string): string {
  return /^https?:\/\/([^/?]+)/i.exec(callbackUrl)?.[1]?.toLowerCase() ?? '';
}
