import assert from 'node:assert/strict';
import { Worker } from '@temporalio/worker';
import { WORKFLOW_BUNDLE_PATH } from '../worker/workflow-bundle-path.js';
import type { Stack } from './harness.js';

const REPLAYS_AT_ONCE = 4;

/** Holds every Workflow that a suite has left to its history: what a Worker would meet that took it over now. */
export async function replayAll({ client }: Pick<Stack, 'client'>): Promise<void> {
  const bundle = { workflowBundle: { codePath: WORKFLOW_BUNDLE_PATH } };
  const histories = client.workflow.list().intoHistories({ concurrency: REPLAYS_AT_ONCE });
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, histories)) {
    assert.ifError(error && new Error(`${workflowId}: ${error.message}`));
    replayed += 1;
  }
  assert.ok(replayed > 0);
}
