import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { isOutcome, type TargetRow } from '../contract/campaign.js';
import type { LaneRows } from '../contract/campaign-lane.js';
import { clientToken } from '../contract/client-token.js';
import { laneWorkflowId, ROWS_QUERY } from '../contract/names.js';
import { queryWorkflow } from '../setup/query-workflow.js';
import type { ReportRow } from './campaign-types.js';
import { CampaignFailedError } from './errors.js';
import { isNotFound } from './grpc-errors.js';
import { inOrder } from './in-order.js';
import { whileTemporalAnswers } from './while-temporal-answers.js';
import { within } from './within.js';

const LANES_AT_ONCE = 4;
/** A lane that no Worker remembers is played again from its history. */
const ANSWER_WITHIN_MS = 30_000;

/** The stories of all targets, lane by lane, a few lanes in memory at a time. Lanes that have ended are asked like the others. */
export async function* campaignReport(
  client: Client,
  campaign: string,
  lanes: readonly number[],
): AsyncGenerator<ReportRow> {
  for await (const lane of inOrder(lanes, LANES_AT_ONCE, (number) => readLane(client, campaign, number)))
    for (const place of lane.targets.keys()) yield toReportRow(lane, place);
}

/** A lane's rows, and how its Workflow is. */
export interface ReadLane extends LaneRows {
  readonly campaign: string;
  /** Temporal's own word. */
  readonly status: string;
}

/** @throws what keeps the lane from answering: a report never leaves one out. */
export async function readLane(client: Client, campaign: string, lane: number): Promise<ReadLane> {
  const workflow = client.workflow.getHandle(laneWorkflowId(campaign, lane));
  const asking = () => Promise.all([queryWorkflow<LaneRows>(workflow, ROWS_QUERY), workflow.describe()]);
  const answer = whileTemporalAnswers(client, () => within(client, ANSWER_WITHIN_MS, asking));
  const [rows, { status }] = await answer.catch((thrown: unknown) => {
    throw thrown instanceof WorkflowNotFoundError || isNotFound(thrown) ? gone(campaign, lane) : thrown;
  });
  return { ...rows, campaign, status: status.name };
}

/** The story of one target; of one that its lane left open when it failed, that its end is not known. */
export function toReportRow(lane: ReadLane, place: number): ReportRow {
  const { connection, provider, tokenSeed } = lane;
  const row = endedRow(lane, lane.rows[place] ?? { state: 'waiting' });
  const { state, rawState, seenAtMs, seenBy, asks = 0, askedAtMs, askedBy, code, message } = row;
  const [path = '', query = ''] = (lane.targets[place] ?? '').split('?', 2);
  const task = `${provider}://${encodeURIComponent(connection)}/${path}`;
  // An ask whose answer never came was made, too.
  const wasAsked = asks > 0 || lane.rows[place]?.state === 'open';
  return {
    campaign: lane.campaign,
    lane: lane.lane,
    task,
    ...(query !== '' && { hints: Object.fromEntries(new URLSearchParams(query)) }),
    provider,
    connection,
    state,
    ...(rawState !== undefined && { lastState: rawState }),
    ...(seenAtMs !== undefined && { seenAt: new Date(seenAtMs).toISOString() }),
    ...(seenBy !== undefined && { seenBy }),
    asks,
    ...(askedAtMs !== undefined && { askedAt: new Date(askedAtMs).toISOString() }),
    ...(askedBy !== undefined && { askedBy }),
    ...(wasAsked && { clientToken: clientToken(tokenSeed, task, 1) }),
    ...(code !== undefined && { code }),
    ...(message !== undefined && { message }),
  };
}

/** Its campaign counts it so, too. */
function endedRow({ status }: ReadLane, row: TargetRow): TargetRow {
  const hasFailed = status !== 'RUNNING' && status !== 'COMPLETED';
  if (!hasFailed || isOutcome(row.state)) return row;
  const message = `The lane was ${status.toLowerCase()} while the target was ${row.state}: its end is not known.`;
  return { ...row, state: 'errored', code: 'LaneFailed', message };
}

function gone(campaign: string, lane: number): CampaignFailedError {
  const message = `Temporal does not have lane ${lane} of campaign ${campaign}: the namespace's retention is over, or it has not been started yet. The counts are in the campaign's progress and result.`;
  return new CampaignFailedError(campaign, 'LaneNotFound', message);
}
