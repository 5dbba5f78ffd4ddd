import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import type { FailureType } from '../contract/failures.js';
import { campaignWorkflowId } from '../contract/names.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { asUnreachable, unreachable } from './as-unreachable.js';
import {
  CampaignEndedError,
  CampaignFailedError,
  CampaignNotFoundError,
  NoWorkerError,
  RequestRefusedError,
} from './errors.js';
import { isNotFound, isTimeout, isUnavailable } from './grpc-errors.js';
import { failureOf } from './to-failed-error.js';
import { whileTemporalAnswers } from './while-temporal-answers.js';
import { within } from './within.js';

/** A Worker under load takes some seconds; one that is not there never answers. */
const ANSWER_TIMEOUT_MS = 10_000;
/** A server that is there answers in milliseconds. */
const TEMPORAL_TIMEOUT_MS = 5_000;

/** Of one Workflow of a campaign: the campaign's own, or a lane's. */
export interface Asking {
  readonly client: Client;
  /** The campaign's id. */
  readonly campaign: string;
  /** Default: the campaign's own. */
  readonly workflowId?: string;
  /** How long it may take; default ten seconds. */
  readonly timeoutMs?: number;
}

/**
 * Asks something of a campaign's Workflow, and says in the client's own errors why it has no answer.
 * @throws CampaignNotFoundError; CampaignEndedError; CampaignFailedError; RequestRefusedError; NoWorkerError;
 * TemporalUnreachableError.
 */
export async function askCampaign<T>(
  asking: Asking,
  what: (workflow: WorkflowHandle) => Promise<T>,
): Promise<T> {
  const { client, campaign, timeoutMs = ANSWER_TIMEOUT_MS } = asking;
  const workflow = client.workflow.getHandle(asking.workflowId ?? campaignWorkflowId(campaign));
  try {
    return await whileTemporalAnswers(client, () => within(client, timeoutMs, () => what(workflow)));
  } catch (thrown) {
    if (thrown instanceof TemporalUnreachableError) throw thrown;
    // Temporal has been answering meanwhile.
    throw isTimeout(thrown) ? new NoWorkerError(workflow.workflowId) : await explain(asking, thrown);
  }
}

/** What the client's own errors say of an answer that never came. */
export async function explain({ client, campaign, workflowId }: Asking, thrown: unknown): Promise<unknown> {
  if (thrown instanceof TemporalUnreachableError) return thrown;
  if (thrown instanceof WorkflowUpdateFailedError && thrown.cause !== undefined) {
    // What a Workflow that failed in its first moments has refused says nothing of why.
    const hasFailed = hasNoHandler(thrown.cause) ? await whyMissing(client, campaign) : undefined;
    if (hasFailed !== undefined && !(hasFailed instanceof CampaignEndedError)) return hasFailed;
    return new RequestRefusedError(thrown.cause.message, { cause: thrown });
  }
  if (isTimeout(thrown)) return whoIsAway(client, workflowId ?? campaignWorkflowId(campaign));
  if (!isMissing(thrown)) return asUnreachable(client, thrown);
  return whyMissing(client, campaign);
}

/** The SDK's word for an Update that came before the Workflow could take it, which then ended. */
function hasNoHandler(cause: Error): boolean {
  return cause.message.startsWith('No registered handler for update');
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof WorkflowNotFoundError || isNotFound(thrown);
}

/** Of what was not answered in time: Temporal answers this without a Worker. */
async function whoIsAway(client: Client, workflowId: string): Promise<Error> {
  const describing = () => client.workflow.getHandle(workflowId).describe();
  try {
    await within(client, TEMPORAL_TIMEOUT_MS, describing);
  } catch (thrown) {
    if (isTimeout(thrown) || isUnavailable(thrown)) return unreachable(client, thrown);
  }
  return new NoWorkerError(workflowId);
}

/** To one that has ended, Temporal answers as to one that there never was. */
async function whyMissing(client: Client, campaign: string): Promise<unknown> {
  const workflow = client.workflow.getHandle(campaignWorkflowId(campaign));
  try {
    await within(client, TEMPORAL_TIMEOUT_MS, async () => {
      const { closeTime } = await workflow.describe();
      if (closeTime !== undefined) await workflow.result();
    });
    return new CampaignEndedError(campaign);
  } catch (thrown) {
    if (isMissing(thrown)) return new CampaignNotFoundError(campaign);
    if (thrown instanceof WorkflowFailedError) return toCampaignFailure(campaign, thrown);
    return asUnreachable(client, thrown);
  }
}

/** Why a campaign has no result: one that was malformed has never begun. */
export function toCampaignFailure(campaign: string, thrown: WorkflowFailedError): Error {
  const { type, message } = failureOf(thrown);
  if (type === ('InvalidInput' satisfies FailureType))
    return new RequestRefusedError(message, { cause: thrown });
  return new CampaignFailedError(campaign, type, message);
}
