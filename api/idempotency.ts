import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { CancellationRun } from '../client/cancellation-handle.js';
import { IDEMPOTENCY_RECORD_WORKFLOW, idempotencyWorkflowId, TASK_QUEUE } from '../contract/names.js';
import type { Caller } from './caller.js';
import { inTime } from './in-time.js';
import { ProblemError } from './problem.js';

/** How long a key counts. */
const KEPT_FOR = '24 hours';

/** A request that its caller has named. */
export interface KeyedRequest {
  readonly caller: Caller;
  readonly key: string;
  /** Of all that the request says: {@link fingerprintOf}. */
  readonly fingerprint: string;
  /** What it is about, where that may be another by the time it is repeated. */
  readonly met?: CancellationRun;
}

/** Names the request in Temporal, where everything is kept. */
export interface Claim {
  /** The same for every repeat, and another one when the key is used anew after its time. */
  readonly requestId: string;
  /** Of a repeat: when the first of them came, by Temporal's clock, and what that was about. */
  readonly repeats?: { readonly sinceMs: number; readonly met?: CancellationRun };
}

/** What a repeat must have in common with the first. The body is the checked one, so that blanks do not matter. */
export function fingerprintOf(method: string, path: string, body: unknown): string {
  return sha256(JSON.stringify([method, path, body]));
}

/**
 * Keeps the key, or finds that it is kept: one open Workflow for each, so that of many at once, in whatever process, one is
 * the first.
 * @throws ProblemError `idempotency-key-reused` when the key was kept for another request.
 */
export function claimKey(client: Client, request: KeyedRequest): Promise<Claim> {
  return inTime(client, () => claim(client, request));
}

async function claim(client: Client, { caller, key, fingerprint, met }: KeyedRequest): Promise<Claim> {
  const workflowId = idempotencyWorkflowId(sha256(JSON.stringify([caller.name, key])));
  try {
    const { firstExecutionRunId: requestId } = await client.workflow.start(IDEMPOTENCY_RECORD_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE,
      startDelay: KEPT_FOR,
      // A key whose time is over may be used anew; one that is open may not, and the server decides which it is.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: { fingerprint, ...(met !== undefined && { met }) },
      staticSummary: `Idempotency-Key of ${caller.name}`.slice(0, 200),
    });
    return { requestId };
  } catch (thrown) {
    if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw thrown;
  }
  const { memo, startTime, runId: requestId } = await client.workflow.getHandle(workflowId).describe();
  const { fingerprint: first, met: firstMet } = (memo ?? {}) as Partial<KeyedRequest>;
  if (first === fingerprint) {
    const repeats = { sinceMs: startTime.getTime(), ...(firstMet !== undefined && { met: firstMet }) };
    return { requestId, repeats };
  }
  throw new ProblemError(
    'idempotency-key-reused',
    'This Idempotency-Key was sent with another request within the last 24 hours: choose a new one for each request.',
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
