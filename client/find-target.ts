import type { Client } from '@temporalio/client';
import { isOutcome } from '../contract/campaign.js';
import { CAMPAIGN_LANE_WORKFLOW } from '../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';
import { targetPath, type TaskRef } from '../contract/task.js';
import { readLane, toReportRow } from './campaign-report.js';
import type { ReportRow } from './campaign-types.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { CampaignFailedError, NoWorkerError } from './errors.js';
import { isRefusedState, isTimeout } from './grpc-errors.js';
import { inOrder } from './in-order.js';
import { quoted } from './list-cancellations.js';
import { listWorkflows } from './list-workflows.js';
import { toTaskRef } from './to-task-ref.js';

const LANES_AT_ONCE = 8;
const LANE_ID = /^campaign\/(.+)\/lane\/(\d+)$/;

/** Which targets are meant. */
export interface Sought {
  /** All that a lane calls its target, or the end of it. */
  readonly path: string;
  /** Left out, of any. */
  readonly provider?: string;
  /** Left out, of any. */
  readonly connections?: readonly string[];
}

/** An id as its vendor shows it, or several with slashes between them. */
const BARE = /^[^\s/?:\p{Cc}\p{Cs}]+(?:\/[^\s/?:\p{Cc}\p{Cs}]+)*$/u;

/**
 * What is meant by a task, its URI, or its id alone, which may be of any provider and connection.
 * @throws InvalidTaskError
 */
export function soughtBy(task: TaskRef | string): Sought {
  if (typeof task === 'string' && BARE.test(task))
    return { path: task.split('/').map(encodeURIComponent).join('/') };
  const { connection, provider, ids } = toTaskRef(task);
  return { path: targetPath({ ids }), provider, connections: [connection] };
}

/**
 * A task's rows in all campaigns that have it, newest first. A lane is known by its connection, a target by its lane alone.
 * @throws NoWorkerError
 */
export async function* findTarget(
  client: Client,
  { path: wanted, provider, connections }: Sought,
): AsyncGenerator<ReportRow> {
  if (connections?.length === 0) return;
  const query = [
    `WorkflowType = '${CAMPAIGN_LANE_WORKFLOW}'`,
    ...(connections === undefined
      ? []
      : [`${SEARCH_ATTRIBUTES.connection} IN (${connections.map(quoted).join(', ')})`]),
    ...(provider === undefined ? [] : [`${SEARCH_ATTRIBUTES.provider} = ${quoted(provider)}`]),
  ].join(' AND ');
  const lanes = listWorkflows(client, query);
  const rows = inOrder(lanes, LANES_AT_ONCE, ({ workflowId }) => rowsIn(client, workflowId, wanted));
  for await (const found of rows) yield* found;
}

async function rowsIn(client: Client, workflowId: string, wanted: string): Promise<ReportRow[]> {
  const [, campaign, number] = LANE_ID.exec(workflowId) ?? [];
  if (campaign === undefined || number === undefined) return [];
  const lane = await readLane(client, campaign, Number(number)).catch((thrown: unknown) => {
    if (thrown instanceof TemporalUnreachableError) throw thrown;
    if (isTimeout(thrown)) throw new NoWorkerError(workflowId);
    // Forgotten since it was listed, or ended before it had any targets: it has no story, and hides nobody's.
    if (thrown instanceof CampaignFailedError || isRefusedState(thrown)) return undefined;
    throw thrown;
  });
  if (lane === undefined) return [];
  // What was taken in for nothing, twice or too much of it, was nobody's target; its lane has ended without its end.
  const isOver = lane.status === 'COMPLETED';
  return lane.targets.flatMap((target, place) => {
    const [path = ''] = target.split('?', 1);
    if (path !== wanted && !path.endsWith(`/${wanted}`)) return [];
    const row = toReportRow(lane, place);
    return isOver && !isOutcome(row.state) ? [] : row;
  });
}
