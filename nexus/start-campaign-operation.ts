import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { TemporalOperationHandler, TemporalOperationResult } from '@temporalio/nexus';
import { HandlerError, OperationError } from 'nexus-rpc';
import { CampaignHandle } from '../client/campaign-handle.js';
import { campaignStartOptions } from '../client/campaign-start-options.js';
import { distinctTargets } from '../client/distinct-targets.js';
import {
  CampaignEndedError,
  CampaignExistsError,
  CampaignFailedError,
  RequestRefusedError,
} from '../client/errors.js';
import { loadTargets } from '../client/load-targets.js';
import type { CampaignResult } from '../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import { checkedCampaign, type CheckedCampaign } from './checked-campaign.js';
import { leaveWorkflow, STARTED_BY_NEXUS } from './leave-workflow.js';
import { orBadRequest } from './or-bad-request.js';
import type { StartCampaignInput } from './quiesce-service.js';
import { refusal } from './refusal.js';

/**
 * Starts a campaign, gives it its targets, and results in what became of them. The same request again finds what the first
 * has begun, and loads what is missing.
 * @throws HandlerError `BAD_REQUEST`; `CONFLICT` for the id of a campaign that was asked for otherwise.
 */
export const startCampaignOperation = new TemporalOperationHandler<StartCampaignInput, CampaignResult>({
  async start(context, temporal, given) {
    const asked = orBadRequest(() => checkedCampaign(given, context));
    const { id, input, request } = asked;
    const { client } = temporal;
    const begun = await describe(client, id);
    if (begun !== undefined && begun.memo?.['request'] !== request)
      throw refusal('CONFLICT', new CampaignExistsError(id).message);
    if (begun?.closeTime !== undefined) return TemporalOperationResult.sync(await resultOf(client, id));
    const connections = new Set((asked.targets ?? input.selectors ?? []).map(({ connection }) => connection));
    const options = campaignStartOptions(id, input, request, [...connections]);
    const operation = await temporal
      .startWorkflow(CANCEL_CAMPAIGN_WORKFLOW, {
        ...options,
        workflowIdConflictPolicy: begun === undefined ? 'FAIL' : 'USE_EXISTING',
        memo: { ...options.memo, ...STARTED_BY_NEXUS },
      })
      .catch(toAskAgain);
    if (begun === undefined || isGathering(begun)) await load(client, asked, context.abortSignal);
    return operation;
  },
  cancelWorkflowRun: leaveWorkflow,
});

/** Undefined when there is none. */
async function describe(client: Client, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(campaignWorkflowId(id)).describe();
  } catch (thrown) {
    if (thrown instanceof WorkflowNotFoundError) return undefined;
    throw thrown;
  }
}

function isGathering({ typedSearchAttributes }: WorkflowExecutionDescription): boolean {
  return typedSearchAttributes.get(searchAttributeKey('phase')) === 'gathering';
}

/** @throws OperationError when it ended without one. */
async function resultOf(client: Client, id: string): Promise<CampaignResult> {
  try {
    return await new CampaignHandle(client, id).result();
  } catch (thrown) {
    if (thrown instanceof CampaignFailedError || thrown instanceof RequestRefusedError)
      throw new OperationError('failed', thrown.message);
    throw thrown;
  }
}

/** Between the look and the start, another began or ended it: the server is to ask again, and the look will show. */
function toAskAgain(thrown: unknown): never {
  if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw thrown;
  throw new HandlerError('UNAVAILABLE', 'Another has just begun or ended that campaign.');
}

/** What it refuses ends the campaign, and its result says why. @throws whatever is to be tried again. */
async function load(client: Client, asked: CheckedCampaign, signal: AbortSignal): Promise<void> {
  const { id, input, targets } = asked;
  if (targets === undefined) return;
  try {
    await loadTargets(client, id, distinctTargets(targets), { signal });
  } catch (thrown) {
    const why = unlessEnding(thrown);
    const abort = { by: input.requestedBy ?? 'a Nexus caller', reason: `its targets were refused. ${why}` };
    await new CampaignHandle(client, id).abort(abort).catch(unlessEnding);
  }
}

/** The message of what a campaign says that takes no targets, or has ended. */
function unlessEnding(thrown: unknown): string {
  if (thrown instanceof RequestRefusedError || thrown instanceof CampaignEndedError) return thrown.message;
  throw thrown;
}
