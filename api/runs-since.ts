import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { isOpen, quoted } from '../client/list-cancellations.js';
import { listWorkflows } from '../client/list-workflows.js';
import { isBegunBy } from '../client/start-memo.js';
import { describeWorkflow } from './describe-workflow.js';
import { ANSWERS_WITHIN_MS, inTime } from './in-time.js';
import { ProblemError } from './problem.js';

const LOOK_EVERY_MS = 200;

/** What is known of it by its key. */
export interface FirstRequest {
  readonly workflowId: string;
  /** The memo of what it has begun. */
  readonly requestId: string;
  /** When it came, by Temporal's clock. */
  readonly sinceMs: number;
}

type Run = Pick<WorkflowExecutionInfo, 'runId'>;

/**
 * The runs that may have come of a request, the earliest first. None, once it can begin none any more: {@link ANSWERS_WITHIN_MS} after
 * it was looked for.
 * @throws ProblemError `temporal-unavailable` when Temporal's list lags behind for so long; NoAnswerInTimeError.
 */
export async function findRuns(client: Client, first: FirstRequest): Promise<readonly Run[]> {
  const untilMs = Date.now() + ANSWERS_WITHIN_MS;
  for (;;) {
    const found = await inTime(client, () => runsSince(client, first));
    const isOver = Date.now() > untilMs;
    if (found === 'not listed yet' && isOver) throw notListed();
    if (found !== 'not listed yet' && (found.length > 0 || isOver)) return found;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Whether it had ended before a moment. */
export function endedBefore({ closeTime }: { readonly closeTime?: Date }, momentMs: number): boolean {
  return closeTime !== undefined && closeTime.getTime() < momentMs;
}

/**
 * What the request has begun, or else all that had not ended when it came. Of the latest run, Temporal itself knows; of those before
 * it the list, which lags behind (<https://docs.temporal.io/visibility>): it is believed once it has the latest, too.
 */
async function runsSince(
  client: Client,
  { workflowId, requestId, sinceMs }: FirstRequest,
): Promise<readonly Run[] | 'not listed yet'> {
  const latest = await describeWorkflow(client, workflowId);
  if (latest === undefined || endedBefore(latest, sinceMs)) return [];
  if (latest.startTime.getTime() < sinceMs || isBegunBy(latest, requestId)) return [latest];
  const listed = await listedSince(client, workflowId, sinceMs);
  if (!listed.some(({ runId }) => runId === latest.runId)) return 'not listed yet';
  const own = listed.filter((run) => isBegunBy(run, requestId));
  return own.length > 0 ? own : listed;
}

/** Earliest first. */
async function listedSince(
  client: Client,
  workflowId: string,
  sinceMs: number,
): Promise<WorkflowExecutionInfo[]> {
  const since = new Date(sinceMs).toISOString();
  const query = `WorkflowId = ${quoted(workflowId)} AND (CloseTime >= '${since}' OR ${isOpen(true)})`;
  const listed: WorkflowExecutionInfo[] = [];
  for await (const run of listWorkflows(client, query)) listed.push(run);
  return listed.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
}

function notListed(): ProblemError {
  return new ProblemError(
    'temporal-unavailable',
    'Temporal’s list of Workflows lags behind, so what came of this Idempotency-Key is not known yet; try again.',
  );
}
