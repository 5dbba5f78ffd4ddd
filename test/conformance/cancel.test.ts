import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../../contract/names.js';
import type { TaskRef } from '../../contract/task.js';
import { simulatedConnections, startStack } from '../harness.js';
import { absentTask, asksFor, openClouds, seedTask, type Cloud } from './clouds.js';
import { always, askedOnce, closeWhenNothingRuns, failed, play, proven, type Story } from './play.js';

/** Longer than any poll of these tests, so that a look does see the task canceling. */
const LONG_CANCELING = { delays: { cancelingMs: 800 } };

const leavesRecord = ({ definition }: Cloud) => definition.cancelLeaves === 'record';
const leavesNothing = (cloud: Cloud) => !leavesRecord(cloud);

const STORIES: readonly Story[] = [
  // How a task may end.
  { name: 'cancels, and is proven so', task: LONG_CANCELING, ends: proven, asks: askedOnce, effects: 1 },
  { name: 'cancels while it waits', task: { state: 'waiting' }, ends: proven, asks: askedOnce, effects: 1 },
  { name: 'finishes first', task: { onCancel: 'finishFirst' }, ends: always('completed'), effects: 1 },
  { name: 'fails first', task: { onCancel: 'failFirst' }, ends: failed, effects: 1 },
  {
    name: 'ends in the moment before the ask',
    task: { onCancel: 'alreadyFinished' },
    ends: always('completed'),
    asks: [1, 1],
    effects: 0,
    toldBy: leavesRecord,
  },
  {
    name: 'ends in the moment before an ask that erases it',
    task: { onCancel: 'alreadyFinished' },
    ends: always('deleted'),
    asks: [1, 1],
    effects: 1,
    toldBy: leavesNothing,
  },
  { name: 'will not cancel', task: { onCancel: 'unsupported' }, ends: always('refused'), effects: 0 },
  {
    name: 'sticks in canceling',
    task: { onCancel: 'stuckCanceling' },
    options: { deadlineAfterMs: 5_000 },
    ends: always('unproven'),
    asks: askedOnce,
    effects: 1,
  },

  // What is not asked for, because there is nothing to ask for.
  {
    name: 'is completed already',
    task: { state: 'completed' },
    ends: always('completed'),
    asks: [0, 0],
    effects: 0,
  },
  { name: 'has failed already', task: { state: 'failed' }, ends: failed, asks: [0, 0], effects: 0 },
  {
    name: 'is canceled already',
    task: { state: 'canceled' },
    ends: (cloud) => (leavesRecord(cloud) ? ['canceled'] : ['not-found']),
    asks: [0, 0],
    effects: 0,
  },
  {
    name: 'is being canceled already',
    task: { state: 'canceling', delays: { cancelingMs: 5_000 } },
    ends: proven,
    effects: 0,
  },
  { name: 'was never there', task: 'absent', ends: always('not-found'), asks: [0, 0], effects: 0 },
  {
    name: 'is in a state with a word nobody knows',
    task: { word: 'MOONBATHING' },
    ends: always('Provider.unrecognized'),
    asks: [0, 0],
    effects: 0,
  },

  // Dry runs.
  {
    name: 'could be canceled, in a dry run',
    options: { dryRun: true },
    ends: always('would-cancel'),
    effects: 0,
  },
  {
    name: 'has ended already, in a dry run',
    task: { state: 'completed' },
    options: { dryRun: true },
    ends: always('already-ended'),
    asks: [0, 0],
    effects: 0,
  },

  // Erasing.
  {
    name: 'has ended, and is erased',
    task: { state: 'completed' },
    options: { deleteEnded: true },
    ends: always('deleted'),
    asks: [1, 1],
    effects: 1,
    toldBy: leavesNothing,
  },
  {
    name: 'is in a state nobody knows, and is erased',
    task: { word: 'MOONBATHING', state: 'completed' },
    options: { deleteEnded: true },
    ends: always('deleted'),
    asks: [1, 1],
    effects: 1,
    toldBy: leavesNothing,
  },
];

const stack = await startStack({ connect: simulatedConnections });
await stack.startWorker();
const clouds = await openClouds(stack.simulator, stack.connections);

describe('a task that is canceled', { concurrency: true }, () => {
  after(() => closeWhenNothingRuns(stack));

  for (const cloud of clouds) {
    describe(cloud.definition.id, { concurrency: 8 }, () => {
      for (const story of STORIES) {
        if (story.toldBy?.(cloud) === false) continue;
        it(story.name, async () => void (await play(stack, cloud, story)));
      }

      it('is asked to end once, whoever of twenty callers at once was first', () => twentyCallers(cloud));
      if (cloud.definition.hints !== undefined)
        it('is told with its hints when it was not found', () => notFoundByHints(cloud));
      if (!cloud.rehearses) it('meets no cancel call at all in a dry run', () => dryRun(cloud));
      if (leavesRecord(cloud)) it('is not erased where there is nothing to erase', () => eraseRefused(cloud));
    });
  }
});

async function twentyCallers(cloud: Cloud): Promise<void> {
  const { id, ref } = await seedTask(cloud, LONG_CANCELING);
  const handles = await Promise.all(Array.from({ length: 20 }, () => stack.quiesce.cancel(ref)));
  const results = await Promise.all(handles.map((handle) => handle.verdict()));
  assert.equal(handles.filter(({ attached }) => !attached).length, 1);
  assert.equal(new Set(results.map((result) => JSON.stringify(result))).size, 1);
  assert.ok(proven(cloud).includes(results[0]!.verdict));
  const asks = await asksFor(cloud, id);
  assert.equal(asks.filter(({ effect }) => effect).length, 1);
  assert.equal(new Set(asks.map(({ token }) => token)).size, 1);
}

async function notFoundByHints(cloud: Cloud): Promise<void> {
  const hints = Object.fromEntries(
    (cloud.definition.hints ?? []).map(({ name, example }) => [name, example]),
  );
  const { ref } = await absentTask(cloud);
  const told = async (task: TaskRef) => (await stack.quiesce.cancel(task)).verdict();
  const hinted = await told({ ...ref, hints });
  assert.deepEqual([hinted.verdict, hinted.hints], ['not-found', hints]);
  assert.ok(!('hints' in (await told(ref))));
}

async function dryRun(cloud: Cloud): Promise<void> {
  const { id, ref } = await seedTask(cloud);
  await (await stack.quiesce.cancel(ref, { dryRun: true })).verdict();
  assert.deepEqual(await asksFor(cloud, id), []);
}

/** The client says so without Temporal; this is for whoever starts the Workflow with nothing but Temporal. */
async function eraseRefused(cloud: Cloud): Promise<void> {
  const { id, ref: task } = await seedTask(cloud, { state: 'completed' });
  const running = stack.client.workflow.execute(CANCEL_TASK_WORKFLOW, {
    taskQueue: TASK_QUEUE,
    workflowId: `erase ${id}`,
    args: [{ task, deleteEnded: true }],
  });
  await assert.rejects(running, (thrown: unknown) => {
    assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
    assert.equal(thrown.cause.type, 'InvalidInput');
    return true;
  });
  assert.deepEqual(await asksFor(cloud, id), []);
}
