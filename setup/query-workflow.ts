import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError, type WorkflowHandle } from '@temporalio/client';
import { EARLY_QUERY } from '../contract/early-query.js';

/**
 * The Workflow Task that it came ahead of takes milliseconds; but the server keeps one for a Worker that was killed as long as
 * `stickyQueueScheduleToStartTimeout` says, and a second more.
 */
const REPEATS_AFTER_MS = [20, 50, 100, 200, 500, 1_000, 1_000, 1_000] as const;
/** What the failures of Workflows with encrypted ones are called; no Query of Quiesce's fails but one that came too early. */
const ENCRYPTED = 'Encoded failure';

/**
 * Asks a Workflow of Quiesce's, and again when it was asked ahead of a Workflow Task. The handle may be of any client, with
 * or without encryption.
 * @throws as the handle's `query`
 */
export async function queryWorkflow<Answer>(workflow: WorkflowHandle, name: string): Promise<Answer> {
  for (const afterMs of REPEATS_AFTER_MS) {
    try {
      return await workflow.query<Answer>(name);
    } catch (thrown) {
      if (!isEarlyQuery(thrown)) throw thrown;
    }
    await sleep(afterMs);
  }
  return workflow.query<Answer>(name);
}

/** Whether a Query was asked ahead of a Workflow Task; the class is the SDK's for whatever Query has failed. */
export function isEarlyQuery(thrown: unknown): boolean {
  return (
    thrown instanceof QueryNotRegisteredError &&
    (thrown.message.includes(EARLY_QUERY) || thrown.message === ENCRYPTED)
  );
}
