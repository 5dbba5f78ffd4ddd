import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { CancellationHandle } from '../client/index.js';
import { firstRunIdOf } from '../client/first-run-id.js';
import { quoted } from '../client/list-cancellations.js';
import { listWorkflows } from '../client/list-workflows.js';
import { claimKey, type KeyedRequest } from './idempotency.js';
import { ANSWERS_WITHIN_MS, inTime } from './in-time.js';

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
    if (found !== undefined || Date.now() > untilMs) return found;
    await sleep(LOOK_EVERY_MS);
  }
}

/** The earliest run that had not ended at a moment; of the latest, Temporal itself knows, of those before it the list. */
async function runSince(
  client: Client,
  workflowId: string,
  sinceMs: number,
): Promise<CancellationHandle | undefined> {
  const latest = await describe(client, workflowId);
  if (latest === undefined || endedBefore(latest, sinceMs)) return undefined;
  let earliest: { readonly runId: string; readonly startTime: Date } = latest;
  const since = new Date(sinceMs).toISOString();
  const query = `WorkflowId = ${quoted(workflowId)} AND CloseTime >= '${since}'`;
  for await (const run of listWorkflows(client, query))
    if (run.startTime < earliest.startTime) earliest = run;
  const run = earliest === latest ? latest : await describe(client, workflowId, earliest.runId);
  const runId = firstRunIdOf(run ?? latest);
  return new CancellationHandle(client, workflowId, {
    runId,
    attached: earliest.startTime.getTime() < sinceMs,
  });
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
