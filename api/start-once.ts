import type { Client } from '@temporalio/client';
import { CancellationHandle } from '../client/index.js';
import { firstRunIdOf } from '../client/first-run-id.js';
import { isBegunBy } from '../client/start-memo.js';
import { describeWorkflow } from './describe-workflow.js';
import { claimKey, type KeyedRequest } from './idempotency.js';
import { inTime } from './in-time.js';
import { endedBefore, findRuns, type FirstRequest } from './runs-since.js';
import { tellsEnd } from './tells-end.js';

export interface Start {
  readonly workflowId: string;
  /** @param requestId by which what it begins is known for its own. */
  readonly start: (requestId: string | undefined) => Promise<CancellationHandle>;
  /** Of a caller who has named the request. */
  readonly keyed?: KeyedRequest;
  /** Is told the end, whoever has begun what ends. */
  readonly callbackUrl?: string | undefined;
}

export interface Started {
  readonly handle: CancellationHandle;
  /** Found by its key, and not started now. */
  readonly replayed: boolean;
}

/**
 * Starts a cancellation; of a request that was made before, finds what came of it, also when that has ended since: what it has begun
 * itself, or else what was under way when the first of the requests came, or began after that.
 *
 * Where there is none yet, the first may still be at it in another process, or may have died: a repeat waits, and then starts it. Thus
 * no repeat is refused for coming early. It starts one, too, where nothing that was found tells its `callbackUrl` the end: the first may
 * have been cut off before it could see to that.
 *
 * @throws ProblemError `idempotency-key-reused`; `temporal-unavailable` when Temporal's list lags so far behind that what came of the
 * first is not known; NoAnswerInTimeError; RequestRefusedError and NoWorkerError where a `callbackUrl` is to be added; what `start` throws.
 */
export async function startOnce(client: Client, asked: Start): Promise<Started> {
  const { workflowId, start, keyed, callbackUrl } = asked;
  const claim = keyed === undefined ? undefined : await claimKey(client, keyed);
  if (claim?.repeats !== undefined) {
    const { requestId, repeats } = claim;
    const first = { workflowId, requestId, sinceMs: repeats.sinceMs };
    const handle = await whatCameOf(client, first, callbackUrl);
    if (handle !== undefined) return { handle, replayed: true };
  }
  return { handle: await inTime(client, () => start(claim?.requestId)), replayed: false };
}

/** The earliest that had not ended when the first request came. Who has begun it itself need not see to its callback. */
async function whatCameOf(
  client: Client,
  first: FirstRequest,
  callbackUrl: string | undefined,
): Promise<CancellationHandle | undefined> {
  const { workflowId, requestId, sinceMs } = first;
  for (const { runId } of await findRuns(client, first)) {
    // What the list has as running may have ended long since.
    const run = await inTime(client, () => describeWorkflow(client, workflowId, runId));
    if (run === undefined || endedBefore(run, sinceMs)) continue;
    const firstRunId = firstRunIdOf(run);
    const attached = !isBegunBy(run, requestId);
    const handle = new CancellationHandle(client, workflowId, { runId: firstRunId, attached });
    if (!attached || callbackUrl === undefined) return handle;
    if (await tellsEnd(client, handle, { firstRunId, callbackUrl })) return handle;
  }
  return undefined;
}
