import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { TargetOutcome } from '../../contract/campaign.js';
import { simulatedConnections, startStack } from '../harness.js';
import { checkEffects, playCampaign, type TargetsOf } from '../integration/campaign-play.js';
import { absentTask, asksFor, openClouds, seedTasks, type Cloud, type CloudTask } from './clouds.js';
import { failed, proven } from './play.js';

const stack = await startStack({ connect: simulatedConnections, everyMs: 200 });
await stack.startWorker();
const clouds = await openClouds(stack.simulator, stack.connections);

/** One campaign of every provider in the registry. */
describe('a campaign of all providers', { timeout: 120_000 }, () => {
  after(() => stack.close());

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
          assert.ok(ends.includes(row?.state as TargetOutcome), `${what} is ${JSON.stringify(row)}`);
          const asks = await asksFor(cloud, task.id);
          assert.ok(asks.length <= mayBeAsked, `${what} was asked ${asks.length} times`);
          checkEffects(new Map([[what, asks]]));
        }
      }
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
  const { definition, connection, showsCanceling } = cloud;
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
  const targets = {
    connection: connection.name,
    provider: definition.id,
    fields: definition.fields.map(({ name }) => name),
    paths: parts.flatMap(({ tasks }) => tasks.map(pathOf)),
  };
  return { cloud, parts, targets };
}

/** As a list names it: its hints follow as a query. */
function pathOf({ ref }: CloudTask): string {
  const path = Object.values(ref.ids).map(encodeURIComponent).join('/');
  const hints = new URLSearchParams(ref.hints).toString();
  return hints === '' ? path : `${path}?${hints}`;
}
