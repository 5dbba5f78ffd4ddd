import { setTimeout as sleep } from 'node:timers/promises';
import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { CancellationHandle } from '../client/index.js';
import { firstRunIdOf } from '../client/first-run-id.js';
import { quoted } from '../client/list-cancellations.js';
import { listWorkflows } from '../client/list-workflows.js';
import { claimKey, type KeyedRequest } from './idempotency.js';
import { ANSWERS_WITHIN_MS, inTime } from './in-time.js';
import { ProblemError } from './problem.js';

const LOOK_EVERY_MS = 200;

export interface Start {
  readonly workflowId: string;
  readonly start: () => Promise<CancellationHandle>;
  /** Of a caller who has named the request. */
  readonly keyed?: KeyedRequest;
}

export interface Started {
  readonly handle: CancellationHandle;
  /** Found by its key, and not started now. */
  readonly replayed: boolean;
}

/**
 * Starts a cancellation; of a request that was made before, finds what came of it, also when that has ended since.
 *
 * What came of it is the run that was under way when the first of the requests came, or that began after. Where there is none
 * yet, the first may still be at it in another process, or may have died: its start is not made any more after
 * {@link ANSWERS_WITHIN_MS}, so a repeat that has looked for so long may start it. Thus no repeat is refused for coming early.
 *
 * @throws ProblemError `idempotency-key-reused`; `temporal-unavailable` when Temporal's list lags so far behind that what came of the
 * first is not known; NoAnswerInTimeError; what `start` throws.
 */
export async function startOnce(client: Client, { workflowId, start, keyed }: Start): Promise<Started> {
  const claim = keyed === undefined ? undefined : await claimKey(client, keyed);
  if (claim?.repeats !== undefined) {
    const handle = await findSince(client, workflowId, claim.repeats.sinceMs);
    if (handle !== undefined) return { handle, replayed: true };
  }
  return { handle: await inTime(client, start), replayed: false };
}

async function findSince(
  client: Client,
  workflowId: string,
  sinceMs: number,
): Promise<CancellationHandle | undefined> {
  const untilMs = Date.now() + ANSWERS_WITHIN_MS;
  for (;;) {
    const found = await inTime(client, () => runSince(client, workflowId, sinceMs));
    const isOver = Date.now() > untilMs;
    if (found === 'not listed yet' && isOver) throw notListed();
    if (found !== 'not listed yet' && (found !== undefined || isOver)) return found;
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * The earliest run that had not ended at a moment. Of the latest, Temporal itself knows; of those before it the list, which lags
 * behind (<https://docs.temporal.io/visibility>): it is believed once it has the latest, too.
 */
async function runSince(
  client: Client,
  workflowId: string,
  sinceMs: number,
): Promise<CancellationHandle | 'not listed yet' | undefined> {
  const latest = await describe(client, workflowId);
  if (latest === undefined || endedBefore(latest, sinceMs)) return undefined;
  if (latest.startTime.getTime() < sinceMs) return handleOf(client, latest, sinceMs);
  const listed = await listedSince(client, workflowId, sinceMs);
  if (!listed.some(({ runId }) => runId === latest.runId)) return 'not listed yet';
  for (const { runId } of listed) {
    const run = await describe(client, workflowId, runId);
    if (run !== undefined && !endedBefore(run, sinceMs)) return handleOf(client, run, sinceMs);
  }
  return handleOf(client, latest, sinceMs);
}

/** Earliest first. What the list has as running may have ended long since. */
async function listedSince(
  client: Client,
  workflowId: string,
  sinceMs: number,
): Promise<WorkflowExecutionInfo[]> {
  const since = new Date(sinceMs).toISOString();
  const hadNotEnded = `(CloseTime >= '${since}' OR ExecutionStatus = 'Running')`;
  const query = `WorkflowId = ${quoted(workflowId)} AND ${hadNotEnded}`;
  const listed: WorkflowExecutionInfo[] = [];
  for await (const run of listWorkflows(client, query)) listed.push(run);
  return listed.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
}

function handleOf(client: Client, run: WorkflowExecutionDescription, sinceMs: number): CancellationHandle {
  const attached = run.startTime.getTime() < sinceMs;
  return new CancellationHandle(client, run.workflowId, { runId: firstRunIdOf(run), attached });
}

function notListed(): ProblemError {
  return new ProblemError(
    'temporal-unavailable',
    'Temporal’s list of Workflows lags behind, so what came of this Idempotency-Key is not known yet; try again.',
  );
}

function endedBefore({ closeTime }: { readonly closeTime?: Date }, momentMs: number): boolean {
  return closeTime !== undefined && closeTime.getTime() < momentMs;
}

async function describe(client: Client, workflowId: string, runId?: string) {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (thrown) {
    if (thrown instanceof WorkflowNotFoundError) return undefined;
    throw thrown;
  }
}
