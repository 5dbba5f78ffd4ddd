import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ON_RUNNING_SUBTASKS,
  type CancelResult,
  type OnRunningSubtasks,
} from '../../contract/cancellation.js';
import type { CancellationHandle } from '../../client/index.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { simulatedConnections, startStack } from '../harness.js';
import { asksFor, idsOf, openClouds, seedTask, type Cloud, type CloudTask } from './clouds.js';
import { always, closeWhenNothingRuns, play, proven } from './play.js';

/** By these names every provider whose vendor has subtasks seeds a task that has some. */
const BLOCKED = { details: { runningSubtasks: 2, subtaskMs: 3_600_000 } };

const stack = await startStack({ connect: simulatedConnections });
await stack.startWorker();
const clouds = await openClouds(stack.simulator, stack.connections);

describe('a task that its vendor will not cancel while subtasks of it run', { concurrency: true }, () => {
  after(() => closeWhenNothingRuns(stack));

  for (const cloud of clouds) {
    const { definition, simulated, hasSubtasks } = cloud;
    it(`is one of ${definition.id} only if its definition, its adapter and its simulation know subtasks`, () => {
      const { shape } = simulated.seedDetails;
      const seedable = ['runningSubtasks', 'subtaskMs'].map((name) => name in shape);
      assert.deepEqual(
        [...seedable, definition.hasSubtasks === true],
        [hasSubtasks, hasSubtasks, hasSubtasks],
      );
    });
    for (const onRunningSubtasks of ON_RUNNING_SUBTASKS) {
      it(`of ${definition.id} is canceled at once when none runs, with "${onRunningSubtasks}"`, async () => {
        await play(stack, cloud, { options: { onRunningSubtasks }, ends: proven, effects: 1 });
      });
    }
  }

  for (const cloud of clouds.filter(({ hasSubtasks }) => hasSubtasks)) {
    describe(cloud.definition.id, { concurrency: true }, () => {
      it('is canceled under a new token once they have ended', async () => {
        const task = await seedTask(cloud, BLOCKED);
        const { handle, verdict } = await start(task, 'wait');
        await untilWaiting(handle);
        await cancelSubtasks(cloud, task);
        const result = await verdict;
        assert.ok(proven(cloud).includes(result.verdict), result.verdict);
        await checkTwoAttempts(cloud, task, result);
      });

      it('is canceled under a new token once they have been canceled', async () => {
        const task = await seedTask(cloud, BLOCKED);
        const result = await (await start(task, 'cancel')).verdict;
        assert.ok(proven(cloud).includes(result.verdict), result.verdict);
        await checkTwoAttempts(cloud, task, result);
      });

      it('is refused, if the caller would rather not wait', async () => {
        const task = await seedTask(cloud, BLOCKED);
        const result = await (await start(task, 'fail')).verdict;
        assert.deepEqual([result.verdict, result.attempts], ['refused', 1]);
        assert.equal(result.evidence.answer?.kind, 'blocked');
        const asks = await asksFor(cloud, task.id);
        assert.deepEqual(
          asks.map(({ effect }) => effect),
          [false],
        );
      });

      const rehearsed = cloud.rehearses ? (['would-cancel', 'would-be-refused'] as const) : [];
      for (const end of rehearsed) {
        it(`${end} in a dry run, as the caller would ${end === 'would-cancel' ? 'wait' : 'not'}`, async () => {
          const onRunningSubtasks = end === 'would-cancel' ? 'wait' : 'fail';
          const options = { dryRun: true, onRunningSubtasks } as const;
          await play(stack, cloud, { task: BLOCKED, options, ends: always(end), effects: 0 });
        });
      }

      it('is unproven when they run on beyond the deadline, with the refusal as its evidence', async () => {
        const task = await seedTask(cloud, BLOCKED);
        const handle = await stack.quiesce.cancel(task.ref, { deadlineAfterMs: 2_000 });
        const { verdict, evidence } = await handle.verdict();
        assert.deepEqual([verdict, evidence.answer?.kind], ['unproven', 'blocked']);
      });
    });
  }
});

async function start({ ref }: CloudTask, onRunningSubtasks: OnRunningSubtasks) {
  const handle = await stack.quiesce.cancel(ref, { onRunningSubtasks, deadlineAfterMs: 60_000 });
  return { handle, verdict: handle.verdict() };
}

async function untilWaiting(handle: CancellationHandle): Promise<void> {
  for (;;) {
    const { phase, verdict } = await handle.progress();
    if (phase === 'waiting-for-subtasks') return;
    assert.equal(verdict, undefined, 'it ended without having waited');
    await sleep(50);
  }
}

/** As somebody else may do it at the vendor's console. */
async function cancelSubtasks({ definition, connection }: Cloud, task: CloudTask): Promise<void> {
  const adapter = await definition.connect(connection.settings, OPEN_GATE);
  const { signal } = new AbortController();
  const [running] = await adapter.subtasks!.running([idsOf(task)], { signal });
  for (const id of running!.ids)
    await adapter.subtasks!.cancel(idsOf(task), id, { signal, clientToken: randomUUID() });
  adapter.close();
}

/** The vendor refused the first token for good; the second one did it, and nothing was asked in between. */
async function checkTwoAttempts(cloud: Cloud, { id }: CloudTask, result: CancelResult): Promise<void> {
  assert.equal(result.attempts, 2);
  assert.equal(new Set(result.clientTokens).size, 2);
  const asks = await asksFor(cloud, id);
  assert.deepEqual(
    asks.map(({ effect, token }) => ({ effect, token })),
    result.clientTokens.map((token, n) => ({ effect: n === 1, token })),
  );
}
