import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { asUnreachable } from './as-unreachable.js';
import { within } from './within.js';

/** A page comes in milliseconds, where a server is there. */
const PAGE_WITHIN_MS = 10_000;

/** The Workflows that a visibility query finds, newest first. @throws TemporalUnreachableError */
export async function* listWorkflows(client: Client, query: string): AsyncGenerator<WorkflowExecutionInfo> {
  const all = client.workflow.list({ query })[Symbol.asyncIterator]();
  for (;;) {
    const next = await within(client, PAGE_WITHIN_MS, () => all.next()).catch((thrown: unknown) => {
      throw asUnreachable(client, thrown);
    });
    if (next.done === true) return;
    yield next.value;
  }
}
