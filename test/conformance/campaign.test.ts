import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ON_RUNNING_SUBTASKS } from '../../contract/cancellation.js';
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

    it(`of ${id}, one of which is being cancelled alone already: that is left to do it`, async () => {
      const [task] = await seedTasks(cloud, { details: { runningSubtasks: 1, subtaskMs: 6_000 } });
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
