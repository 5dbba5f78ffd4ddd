import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { FaultRequest } from '../../simulator/control-requests.js';
import { simulatedConnections, startStack } from '../harness.js';
import { playCampaign } from '../integration/campaign-play.js';
import { openClouds, seedTasks, type Cloud, type CloudTask } from './clouds.js';

after(() => stack.close());

const stack = await startStack({ connect: simulatedConnections, everyMs: 1_000 });
await stack.startWorker();
const clouds = (await openClouds(stack.simulator, stack.connections)).filter(
  ({ definition }) => definition.cancelLeaves === 'nothing',
);

/** While it is deleted, a task is shown as failed: for less than three polls, after which an end counts. */
const SHOWN = { switches: { deletingShown: 'FAIL' } };
const CANCELING_MS = 1_500;

const TROUBLES: Readonly<
  Record<string, Pick<FaultRequest & { afterEffect?: boolean }, 'kind' | 'afterEffect'>>
> = {
  'whose answer is lost': { kind: 'reset', afterEffect: true },
  'that is answered by a proxy': { kind: 'html', afterEffect: true },
};

async function lose(cloud: Cloud, tasks: readonly CloudTask[], fault: object): Promise<void> {
  const { definition, simulated, control } = cloud;
  const match = {
    provider: definition.id,
    operation: simulated.operations.cancel,
    taskIds: tasks.map(({ id }) => id),
  };
  await control.fault({ ...fault, times: tasks.length, match } as FaultRequest);
}

describe(
  'a task that is shown as failed while it is being deleted',
  { timeout: 120_000, concurrency: true },
  () => {
    for (const cloud of clouds) {
      const { id, fields } = cloud.definition;
      const seed = async (count: number) => {
        await cloud.control.settings({ provider: id, ...SHOWN });
        return seedTasks(cloud, { count, delays: { cancelingMs: CANCELING_MS } });
      };

      for (const [trouble, fault] of Object.entries(TROUBLES))
        it(`of ${id}, by an ask ${trouble}, has been deleted`, async () => {
          const tasks = await seed(4);
          await lose(cloud, tasks, fault);
          const [single, ...others] = tasks;
          const handle = await stack.quiesce.cancel(single!.ref);
          const campaign = await playCampaign(stack, [
            {
              connection: cloud.connection.name,
              provider: id,
              fields: fields.map(({ name }) => name),
              paths: others.map(({ ref }) => Object.values(ref.ids).join('/')),
            },
          ]);
          assert.equal((await handle.verdict()).verdict, 'deleted');
          assert.deepEqual((await campaign.end()).result.verdicts, { deleted: 3 });
        });

      it(`of ${id}, when its deadline comes, has no end that is proven`, async () => {
        const [task] = await seed(1);
        const handle = await stack.quiesce.cancel(task!.ref, { deadlineAfterMs: 900 });
        assert.equal((await handle.verdict()).verdict, 'unproven');
      });
    }
  },
);
