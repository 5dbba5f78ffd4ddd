import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { WORKFLOW_BUNDLE_PATH } from '../../worker/workflow-bundle-path.js';
import * as workflows from '../../workflows/index.js';

/** Why not. */
const NOT_RECORDED: Readonly<Record<string, string>> = {
  idempotencyRecord: 'It runs a day after its start, does nothing and ends.',
};

const ROOT = join(import.meta.dirname, '../../..');
/** A folder for each version, recorded by `npm run record-histories`; those of released versions are never deleted. */
const HISTORIES = join(ROOT, 'test/replay/histories');
const versions = readdirSync(HISTORIES);
const histories = versions.flatMap((version) =>
  readdirSync(join(HISTORIES, version)).map((file) => ({ version, file, name: `${version}/${file}` })),
);

Runtime.install({ logger: new DefaultLogger('WARN') });

/** Under its own Workflow id, which the Workflow checks. */
function replay(history: RecordedHistory): Promise<void> {
  const id = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  return Worker.runReplayHistory({ workflowBundle: { codePath: WORKFLOW_BUNDLE_PATH } }, history, id);
}

interface RecordedHistory {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: {
      readonly workflowId?: string;
      readonly workflowType?: { readonly name?: string };
    };
  }[];
}

function read(name: string): string {
  return readFileSync(join(HISTORIES, name), 'utf8');
}

/** By the headings of the changelog: `## 1.2.0, 2026-12-01`; of the one that is not released yet, `unreleased` stands for the day. */
function changelogVersions(): string[] {
  const text = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
  return [...text.matchAll(/^## (\d+\.\d+\.\d+\S*), /gm)].map(([, version = '']) => version);
}

describe('recorded histories', () => {
  it('are there of every version, and of no other', () => {
    assert.deepEqual(versions.sort(), changelogVersions().sort());
  });

  for (const version of versions) {
    it(`of ${version} are of every Workflow type`, () => {
      const types = histories
        .filter((each) => each.version === version)
        .map(({ name }) => {
          const { events } = JSON.parse(read(name)) as RecordedHistory;
          return events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
        });
      const missing = Object.keys(workflows).filter(
        (type) => !types.includes(type) && !(type in NOT_RECORDED),
      );
      assert.deepEqual(missing, []);
    });
  }

  for (const { name } of histories) {
    it(`${name} replays with today's Workflow code`, () => replay(JSON.parse(read(name))));
  }

  it('hold no paths of the machine that recorded them', () => {
    for (const { name } of histories) assert.doesNotMatch(read(name), /"stackTrace": "[^"]/, name);
  });

  it('would not replay with other Workflow code', async () => {
    const text = read('0.1.0/abandoned.json');
    const other = JSON.parse(text.replaceAll('"name": "requestCancel"', '"name": "askForTheEnd"'));
    await assert.rejects(replay(other), DeterminismViolationError);
  });
});
