import type { Client } from '@temporalio/client';
import { CAMPAIGN_LANE_WORKFLOW } from '../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';
import { targetPath, type TaskRef } from '../contract/task.js';
import { readLane, toReportRow } from './campaign-report.js';
import type { ReportRow } from './campaign-types.js';
import { NoWorkerError } from './errors.js';
import { isTimeout } from './grpc-errors.js';
import { inOrder } from './in-order.js';
import { quoted } from './list-cancellations.js';
import { listWorkflows } from './list-workflows.js';

const LANES_AT_ONCE = 8;
const LANE_ID = /^campaign\/(.+)\/lane\/(\d+)$/;

/**
 * A task's rows in all campaigns that have it, newest first. A lane is known by its connection, a target by its lane alone.
 * @param task a checked one.
 * @throws NoWorkerError
 */
export async function* findTarget(client: Client, task: TaskRef): AsyncGenerator<ReportRow> {
  const { connection, provider, ids } = task;
  const wanted = targetPath({ ids });
  const query = [
    `WorkflowType = '${CAMPAIGN_LANE_WORKFLOW}'`,
    `${SEARCH_ATTRIBUTES.connection} = ${quoted(connection)}`,
    `${SEARCH_ATTRIBUTES.provider} = ${quoted(provider)}`,
  ].join(' AND ');
  const lanes = listWorkflows(client, query);
  const rows = inOrder(lanes, LANES_AT_ONCE, ({ workflowId }) => rowIn(client, workflowId, wanted));
  for await (const row of rows) if (row !== undefined) yield row;
}

async function rowIn(client: Client, workflowId: string, wanted: string): Promise<ReportRow | undefined> {
  const [, campaign, number] = LANE_ID.exec(workflowId) ?? [];
  if (campaign === undefined || number === undefined) return undefined;
  const lane = await readLane(client, campaign, Number(number)).catch((thrown: unknown) => {
    throw isTimeout(thrown) ? new NoWorkerError(workflowId) : thrown;
  });
  const place = lane.targets.findIndex((path) => path.split('?', 1)[0] === wanted);
  return place < 0 ? undefined : toReportRow(lane, place);
}
