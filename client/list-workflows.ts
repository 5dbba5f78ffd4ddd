import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { asUnreachable } from './as-unreachable.js';

/** The Workflows that a visibility query finds, newest first. @throws TemporalUnreachableError */
export async function* listWorkflows(client: Client, query: string): AsyncGenerator<WorkflowExecutionInfo> {
  try {
    yield* client.workflow.list({ query });
  } catch (thrown) {
    throw asUnreachable(client, thrown);
  }
}
