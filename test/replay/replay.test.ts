import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { WORKFLOW_BUNDLE_PATH } from '../../worker/workflow-bundle-path.js';

/** Recorded by `npm run record-histories`; histories of released versions are never deleted. */
const HISTORIES = join(import.meta.dirname, '../../../test/replay/histories');
const files = readdirSync(HISTORIES).filter((file) => file.endsWith('.json'));

Runtime.install({ logger: new DefaultLogger('WARN') });

/** Under its own Workflow id, which the Workflow checks. */
function replay(history: RecordedHistory): Promise<void> {
  const id = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  return Worker.runReplayHistory({ workflowBundle: { codePath: WORKFLOW_BUNDLE_PATH } }, history, id);
}

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId?: string };
  }[];
}

describe('recorded histories', () => {
  it('are there', () => assert.ok(files.length >= 8, `${files.length} histories`));

  for (const file of files) {
    it(`${file} replays with today's Workflow code`, async () => {
      await replay(JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')));
    });
  }

  it('would not replay with other Workflow code', async () => {
    const text = readFileSync(join(HISTORIES, files[0]!), 'utf8');
    const other = JSON.parse(text.replaceAll('"name": "requestCancel"', '"name": "askForTheEnd"'));
    await assert.rejects(replay(other), DeterminismViolationError);
  });
});
