import type { Client } from '@temporalio/client';
import { isOutcome, type TargetRow } from '../contract/campaign.js';
import type { LaneRows } from '../contract/campaign-lane.js';
import { clientToken } from '../contract/client-token.js';
import { laneWorkflowId, ROWS_QUERY } from '../contract/names.js';
import type { ReportRow } from './campaign-types.js';

/** Lanes that are asked ahead of the one that is being read. */
const AHEAD = 3;
const ANSWER_WITHIN_MS = 30_000;

/** The stories of all targets, lane by lane, a few lanes in memory at a time. Lanes that have ended are asked like the others. */
export async function* campaignReport(
  client: Client,
  campaign: string,
  lanes: readonly number[],
): AsyncGenerator<ReportRow> {
  const asked: Promise<ReportRow[]>[] = [];
  const next = lanes[Symbol.iterator]();
  const askNext = () => {
    const { value, done } = next.next();
    if (done === true) return;
    const rows = readLane(client, campaign, value);
    rows.catch(() => {}); // Thrown where it is awaited.
    asked.push(rows);
  };
  for (let count = 0; count < AHEAD; count++) askNext();
  for (let rows = asked.shift(); rows !== undefined; rows = asked.shift()) {
    askNext();
    yield* await rows;
  }
}

/** @throws what keeps the lane from answering: a report never leaves one out. */
export async function readLane(client: Client, campaign: string, lane: number): Promise<ReportRow[]> {
  const workflow = client.workflow.getHandle(laneWorkflowId(campaign, lane));
  const [told, description] = await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
    Promise.all([workflow.query<LaneRows>(ROWS_QUERY), workflow.describe()]),
  );
  const { name } = description.status;
  const hasFailed = name !== 'RUNNING' && name !== 'COMPLETED';
  return told.targets.map((path, place) => {
    const row = told.rows[place] ?? { state: 'waiting' };
    return toReportRow(campaign, told, path, hasFailed && !isOutcome(row.state) ? lost(row, name) : row);
  });
}

/** Its campaign counts it so, too. */
function lost(row: TargetRow, status: string): TargetRow {
  const message = `The lane was ${status.toLowerCase()} while the target was ${row.state}: its end is not known.`;
  return { ...row, state: 'errored', code: 'LaneFailed', message };
}

function toReportRow(
  campaign: string,
  { lane, connection, provider, tokenSeed }: LaneRows,
  path: string,
  row: TargetRow,
): ReportRow {
  const { state, rawState, seenAtMs, seenBy, asks = 0, askedAtMs, askedBy, code, message } = row;
  const task = `${provider}://${encodeURIComponent(connection)}/${path.split('?', 1)[0]}`;
  const wasAsked = asks > 0 || state === 'open';
  return {
    campaign,
    lane,
    task,
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
