import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ON_RUNNING_SUBTASKS } from '../../contract/cancellation.js';
import {
  ABORT_UPDATE,
  laneWorkflowId,
  PAUSE_UPDATE,
  RESUME_UPDATE,
  SET_RATE_UPDATE,
} from '../../contract/names.js';
import { simulatedConnections, startStack } from '../harness.js';
import { checkEffects, playCampaign, type TargetsOf } from '../integration/campaign-play.js';
import { absentTask, asksFor, openClouds, seedTasks, type Cloud, type CloudTask } from './clouds.js';
import { failed, proven } from './play.js';

after(() => stack.close());

const stack = await startStack({ connect: simulatedConnections, everyMs: 200 });
await stack.startWorker();
const clouds = await openClouds(stack.simulator, stack.connections);

/** One campaign of every provider in the registry. */
describe('a campaign of all providers', { timeout: 120_000 }, () => {
  it('gives every target its own end, asks only those that are active, and changes none twice', async () => {
    const scenes = await Promise.all(clouds.map(stage));
    const campaign = await playCampaign(
      stack,
      scenes.map(({ targets }) => targets),
      {},
      10,
    );
    const { result, progress, rows } = await campaign.end();
    assert.equal(result.end, 'done');
    assert.deepEqual(
      progress.connections.map(({ provider }) => provider).sort(),
      clouds.map(({ definition }) => definition.id).sort(),
    );
    for (const { cloud, parts } of scenes) {
      for (const { name, tasks, ends, asks: mayBeAsked } of parts) {
        for (const task of tasks) {
          const what = `${cloud.definition.id}, ${name}: ${task.id}`;
          const row = rows.get(pathOf(task));
          assert.ok(ends.includes(row?.state), `${what} is ${JSON.stringify(row)}`);
          const asks = await asksFor(cloud, task.id);
          assert.ok(asks.length <= mayBeAsked, `${what} was asked ${asks.length} times`);
          checkEffects(new Map([[what, asks]]));
        }
      }
    }
  });
});

describe(
  'a campaign whose asks have their effect and are not answered',
  { timeout: 120_000, concurrency: true },
  () => {
    for (const cloud of clouds)
      it(`of ${cloud.definition.id}: they are proven, and what is told of them says that they were asked`, async () => {
        // By the next look, it is over: what was seen before is all there is to tell it from one that never was.
        const tasks = await seedTasks(cloud, { count: 3, delays: { cancelingMs: 100 } });
        const { definition, simulated, control } = cloud;
        const { cancel: operation } = simulated.operations;
        const match = { provider: definition.id, operation, taskIds: tasks.map(({ id }) => id) };
        await control.fault({ kind: 'reset', afterEffect: true, times: tasks.length, match });
        const { rows } = await (await playCampaign(stack, [targetsOf(cloud, tasks)])).end();
        for (const task of tasks) {
          const row = rows.get(pathOf(task));
          const asks = await asksFor(cloud, task.id);
          checkEffects(new Map([[task.id, asks]]));
          assert.equal(asks.length, 1);
          assert.ok(
            proven(cloud).some((end) => end === row?.state),
            JSON.stringify(row),
          );
          assert.ok(row?.askedAtMs !== undefined, JSON.stringify(row));
        }
      });
  },
);

describe('a campaign that goes on after a pause', { timeout: 120_000, concurrency: true }, () => {
  for (const cloud of clouds)
    it(`of ${cloud.definition.id}: looks again at what it may have asked, and at what has ended meanwhile`, async () => {
      const [lost, ending] = await Promise.all([
        seedTasks(cloud, { count: 4, delays: { cancelingMs: 100 } }),
        seedTasks(cloud, { count: 4, delays: { runningMs: 4_000 } }),
      ]);
      const first = await seedTasks(cloud, { count: 3 });
      const all = [...first, ...lost, ...ending];
      // All are looked at before the first is asked.
      const campaign = await playCampaign(stack, [targetsOf(cloud, all)], { options: { callsPerSecond: 2 } });
      while ((await asksFor(cloud, first[0]?.id ?? '')).length === 0) await sleep(20);
      await campaign.ask(PAUSE_UPDATE);
      await campaign.until(({ phase }) => phase === 'paused');
      await sleep(4_500);
      const { definition, simulated, control } = cloud;
      const match = {
        provider: definition.id,
        operation: simulated.operations.cancel,
        taskIds: lost.map(({ id }) => id),
      };
      await control.fault({ kind: 'reset', afterEffect: true, times: lost.length, match });
      await campaign.ask(SET_RATE_UPDATE, { callsPerSecond: 100 });
      await campaign.ask(RESUME_UPDATE);
      const { rows } = await campaign.end();
      for (const task of [...first, ...lost]) {
        const row = rows.get(pathOf(task));
        assert.ok(
          proven(cloud).some((end) => end === row?.state),
          JSON.stringify(row),
        );
        assert.equal((await asksFor(cloud, task.id)).length, 1, JSON.stringify(row));
      }
      for (const task of ending) assert.equal(rows.get(pathOf(task))?.state, 'completed');
    });
});

describe('a campaign with targets whose subtasks run', { timeout: 120_000, concurrency: true }, () => {
  for (const cloud of clouds.filter(({ hasSubtasks }) => hasSubtasks)) {
    const { id } = cloud.definition;
    for (const onRunningSubtasks of ON_RUNNING_SUBTASKS)
      it(`of ${id}: ${onRunningSubtasks}`, async () => {
        const subtaskMs = onRunningSubtasks === 'wait' ? 4_000 : 3_600_000;
        const details = { runningSubtasks: 2, subtaskMs };
        const blocked = await seedTasks(cloud, { count: 4, details });
        const free = await seedTasks(cloud, { count: 8 });
        const all = [...blocked, ...free];
        const campaign = await playCampaign(stack, [targetsOf(cloud, all)], {
          options: { onRunningSubtasks },
        });
        const { rows } = await campaign.end();
        for (const task of all) {
          const row = rows.get(pathOf(task));
          const isRefused = onRunningSubtasks === 'fail' && blocked.includes(task);
          const ends: readonly unknown[] = isRefused ? ['refused'] : proven(cloud);
          assert.ok(ends.includes(row?.state), JSON.stringify(row));
          const asks = await asksFor(cloud, task.id);
          checkEffects(new Map([[task.id, asks]]));
          assert.equal(asks.filter(({ effect }) => effect).length, isRefused ? 0 : 1);
          if (isRefused) assert.ok(row?.code !== undefined && asks.length === 1, JSON.stringify(row));
        }
      });

    it(`of ${id}: what was asked for them is proven after an abort`, async () => {
      const details = { runningSubtasks: 1, subtaskMs: 3_600_000 };
      const [task] = await seedTasks(cloud, { details, delays: { cancelingMs: 10_000 } });
      assert.ok(task !== undefined);
      const options = { onRunningSubtasks: 'cancel' } as const;
      const campaign = await playCampaign(stack, [targetsOf(cloud, [task])], { options });
      const isAsked = async () => (await asksFor(cloud, task.id)).some(({ effect }) => effect);
      while (!(await isAsked())) await sleep(50);
      await campaign.ask(ABORT_UPDATE);
      const { result, rows } = await campaign.end();
      const state = rows.get(pathOf(task))?.state;
      assert.ok(
        proven(cloud).some((end) => end === state),
        JSON.stringify([result, rows.get(pathOf(task))]),
      );
    });

    it(`of ${id}, one of which is being cancelled alone already: that is left to do it`, async () => {
      const [task] = await seedTasks(cloud, { details: { runningSubtasks: 1, subtaskMs: 20_000 } });
      assert.ok(task !== undefined);
      const single = await stack.quiesce.cancel(task.ref, { deadlineAfterMs: 60_000 });
      while ((await single.progress()).phase !== 'waiting-for-subtasks') await sleep(50);
      const { rows } = await (await playCampaign(stack, [targetsOf(cloud, [task])])).end();
      const { verdict } = await single.verdict();
      assert.ok(proven(cloud).includes(verdict), verdict);
      assert.equal(rows.get(pathOf(task))?.state, verdict);
      checkEffects(new Map([[task.id, await asksFor(cloud, task.id)]]));
    });
  }
});

describe('a paused campaign with targets whose subtasks end meanwhile', { timeout: 120_000 }, () => {
  // By itself, since it moves the clock of the cloud that all tests share.
  for (const cloud of clouds.filter(({ hasSubtasks }) => hasSubtasks))
    it(`of ${cloud.definition.id}: none is asked while it is paused`, async () => {
      const subtaskMs = 3_600_000;
      const tasks = await seedTasks(cloud, {
        count: 44,
        delays: { runningMs: 3 * subtaskMs },
        details: { runningSubtasks: 1, subtaskMs },
      });
      const campaign = await playCampaign(stack, [targetsOf(cloud, tasks)]);
      const countBlocked = async () =>
        (await campaign.rows()).rows.filter(({ state }) => state === 'blocked').length;
      const countAsks = async () =>
        (await Promise.all(tasks.map(async ({ id: task }) => (await asksFor(cloud, task)).length))).reduce(
          (sum, asks) => sum + asks,
        );
      while ((await countBlocked()) < 44) await sleep(50);
      await campaign.ask(PAUSE_UPDATE);
      await campaign.until(({ phase }) => phase === 'paused');
      const lane = stack.client.workflow.getHandle(laneWorkflowId(campaign.id, 1));
      // The lane hears of the pause a little later, and starts none from then on.
      for (let reads = 0; reads < 3; await sleep(200)) {
        const { pendingChildren } = (await lane.describe()).raw;
        reads = (pendingChildren ?? []).length > 0 ? 0 : reads + 1;
      }
      const asks = await countAsks();
      await cloud.control.advanceClock(subtaskMs);
      await sleep(5_000);
      assert.deepEqual([await countAsks(), await countBlocked()], [asks, 44]);
      await campaign.ask(RESUME_UPDATE);
      const { rows } = await campaign.end();
      for (const task of tasks) {
        assert.ok(proven(cloud).some((end) => end === rows.get(pathOf(task))?.state));
        const effects = (await asksFor(cloud, task.id)).filter(({ effect }) => effect);
        assert.equal(effects.length, 1);
      }
    });
});

interface Part {
  readonly name: string;
  readonly tasks: readonly CloudTask[];
  readonly ends: readonly unknown[];
  /** How many cancel calls there may be for each. */
  readonly asks: number;
}

async function stage(cloud: Cloud): Promise<{ cloud: Cloud; parts: Part[]; targets: TargetsOf }> {
  const { showsCanceling } = cloud;
  const ended = (state: 'completed' | 'failed') => seedTasks(cloud, { state, count: 2 });
  const parts: Part[] = [
    {
      name: 'running',
      tasks: await seedTasks(cloud, { count: 12 }),
      ends: proven(cloud),
      asks: showsCanceling ? 1 : 4,
    },
    // A call would erase the record of one that has ended where the vendor's cancel is a delete.
    { name: 'completed', tasks: await ended('completed'), ends: ['completed'], asks: 0 },
    { name: 'failed', tasks: await ended('failed'), ends: failed(cloud), asks: 0 },
    {
      name: 'canceling',
      tasks: await seedTasks(cloud, { state: 'canceling', count: 2, delays: { cancelingMs: 15_000 } }),
      ends: proven(cloud),
      asks: showsCanceling ? 0 : 4,
    },
    { name: 'never there', tasks: [await absentTask(cloud)], ends: ['not-found'], asks: 0 },
  ];
  const tasks = parts.flatMap((part) => part.tasks);
  return { cloud, parts, targets: targetsOf(cloud, tasks) };
}

function targetsOf({ definition, connection }: Cloud, tasks: readonly CloudTask[]): TargetsOf {
  return {
    connection: connection.name,
    provider: definition.id,
    fields: definition.fields.map(({ name }) => name),
    paths: tasks.map(pathOf),
  };
}

/** As a list names it: its hints follow as a query. */
function pathOf({ ref }: CloudTask): string {
  const path = Object.values(ref.ids).map(encodeURIComponent).join('/');
  const hints = new URLSearchParams(ref.hints).toString();
  return hints === '' ? path : `${path}?${hints}`;
}
