import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Triggered } from './trigger-process.js';

export interface Counts {
  /** Answered 202, and Temporal has no such Workflow. */
  readonly lost: number;
  /** Workflows beyond one for each request. */
  readonly doubled: number;
  /** Not answered 202. */
  readonly failed: number;
}

const ACCEPTED = 202;
const CANCELLATIONS = "WorkflowType = 'cancelTask'";
const LOOK_EVERY_MS = 500;
/** The list is behind on a busy server. */
const UNCHANGED_FOR_MS = 5_000;

/** Compares what was answered with what Temporal knows, once its list has stopped growing. */
export async function countCancellations(
  { workflow }: Client,
  requests: readonly Triggered[],
): Promise<Counts> {
  let count = -1;
  for (let unchangedMs = 0; unchangedMs < UNCHANGED_FOR_MS; unchangedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    const { count: now } = await workflow.count(CANCELLATIONS);
    if (now !== count) unchangedMs = 0;
    count = now;
  }
  const found: string[] = [];
  for await (const { workflowId } of workflow.list({ query: CANCELLATIONS, pageSize: 1_000 }))
    found.push(workflowId);
  const known = new Set(found);
  const accepted = requests.filter(({ status }) => status === ACCEPTED);
  const asked = new Set(accepted.map(({ workflowId }) => workflowId));
  return {
    lost: accepted.filter(({ workflowId = '' }) => !known.has(workflowId)).length,
    doubled: found.length - known.size + (accepted.length - asked.size),
    failed: requests.length - accepted.length,
  };
}
