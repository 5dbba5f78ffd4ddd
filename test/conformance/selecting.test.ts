import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  LANE_SIZE,
  type CampaignInput,
  type CampaignProgress,
  type CampaignResult,
  type Selector,
} from '../../contract/campaign.js';
import {
  ABORT_UPDATE,
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  PROGRESS_QUERY,
  TASK_QUEUE,
} from '../../contract/names.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { simulatedConnections, startStack } from '../harness.js';
import {
  asksFor,
  noQuotas,
  openClouds,
  seedTask,
  seedTasks,
  type Cloud,
  type SeedOptions,
} from './clouds.js';

/** More than two lanes hold, and more than any page. */
const MANY = 2 * LANE_SIZE + 20;
/** More than one attempt is patient with a page. */
const FAILURES = 10;

const stack = await startStack({
  connect: simulatedConnections,
  everyMs: 100,
  cooldowns: { firstCooldownMs: 200, longestCooldownMs: 200 },
});
const clouds = (await openClouds(stack.simulator, stack.connections)).filter(
  ({ definition }) => definition.selectors !== undefined,
);
const address = { endpoint: stack.endpoint, credentials: SIMULATED_CREDENTIALS };
const credentials: Readonly<Record<string, string>> = Object.fromEntries(
  clouds.flatMap(({ definition }) => Object.entries(definition.simulatedConnection(address).env)),
);

/** Through the real Workflow, Worker and vendor calls. */
describe('a campaign that selects its targets', { concurrency: false, timeout: 600_000 }, () => {
  after(() => stack.close());

  it('cancels what may be, of every provider, and each once though several selectors name it', async () => {
    await empty();
    const running = await seedAll({ count: 7 });
    await seedAll({ count: 3, state: 'completed' });
    const selectors = await Promise.all(clouds.map(selectorOf));
    const result = await withWorker(async () => (await start([...selectors, ...selectors])).result());
    assert.equal(result.end, 'done', result.note);
    assert.equal(result.targets, running.length);
    const { canceled = 0, deleted = 0 } = result.verdicts;
    assert.equal(canceled + deleted, running.length, JSON.stringify(result.verdicts));
    for (const { cloud, id } of running)
      assert.equal((await asksFor(cloud, id)).filter(({ effect }) => effect).length, 1);
  });

  for (const cloud of clouds) {
    const { definition, control } = cloud;

    it(`counts no target twice when the list breaks off and is read anew (${definition.id})`, async () => {
      await empty();
      await seedTasks(cloud, { count: MANY });
      const selector = await selectorOf(cloud);
      const match = { provider: definition.id, operation: definition.selectors!.operation };
      const afterCalls = await pagesForALane(cloud, selector);
      const fault = await control.fault({ kind: 'error', match, afterCalls, times: FAILURES });
      await withWorker(async () => {
        const campaign = await start([selector], { startAtOnce: false });
        const { targets, states, lanes } = await campaign.gathered();
        assert.deepEqual([targets, lanes.numbers.length], [MANY, 3]);
        assert.deepEqual(states, { waiting: MANY });
        assert.equal((await control.faults()).find(({ id }) => id === fault)?.applied, FAILURES);
        await campaign.abort();
        assert.deepEqual((await campaign.result()).verdicts, { 'left-alone': MANY });
      });
    });

    it(`is told in one sentence what is wrong with a selector (${definition.id})`, async () => {
      const selector = await selectorOf(cloud);
      await withWorker(async () => {
        const odd = await (await start([{ ...selector, states: ['MOONBATHING'] }])).result();
        assert.deepEqual([odd.end, odd.targets], ['refused', 0]);
        assert.match(odd.note ?? '', /^"MOONBATHING" is no state of [a-z-]+; its states are .+\.$/);
        if (definition.selectors?.fileSystem?.required !== true) return;
        const { fileSystem: _, ...without } = selector;
        const { note = '' } = await (await start([without])).result();
        assert.match(note, /give one as fileSystem, such as/);
      });
    });
  }

  it('goes on when the vendor no longer throttles', async () => {
    await empty();
    const tasks = await seedAll({ count: 2 });
    const selectors = await Promise.all(clouds.map(selectorOf));
    for (const { definition, control } of clouds) {
      const match = { provider: definition.id, operation: definition.selectors!.operation };
      await control.fault({ kind: 'throttle', match, times: 2, retryAfterMs: 1 });
    }
    const { end, targets } = await withWorker(async () => (await start(selectors)).result());
    assert.deepEqual([end, targets], ['done', tasks.length]);
  });

  it('is refused when there are more targets than it may have', async () => {
    await empty();
    const [cloud] = clouds;
    await seedTasks(cloud!, { count: 6 });
    const selector = await selectorOf(cloud!);
    await withWorker(async () => {
      const result = await (await start([selector], { options: { maxTargets: 5 } })).result();
      assert.deepEqual([result.end, result.targets], ['refused', 0]);
      assert.match(result.note ?? '', /may have 5 targets at most/);
    });
  });

  it('waits for a credential that is refused to be mended, and then goes on', async () => {
    await empty();
    const tasks = await seedAll({ count: 2 });
    const selectors = await Promise.all(clouds.map(selectorOf));
    for (const { definition } of clouds) {
      const [first = ''] = Object.keys(definition.simulatedConnection(address).env);
      process.env[first] = 'not-the-right-one';
    }
    const campaigns = await Promise.all(selectors.map((selector) => start([selector])));
    await withWorker(async () => {
      for (const campaign of campaigns)
        assert.equal(await campaign.lastFailure(), 'Provider.unauthenticated');
    });
    Object.assign(process.env, credentials);
    const results = await withWorker(() => Promise.all(campaigns.map((campaign) => campaign.result())));
    assert.equal(
      results.reduce((sum, { targets }) => sum + targets, 0),
      tasks.length,
    );
  });
});

/** A cloud without a task, and without quotas. */
async function empty(): Promise<void> {
  await stack.simulator.reset();
  for (const { definition } of clouds)
    await stack.simulator.settings({ provider: definition.id, quotas: noQuotas(definition) });
}

async function seedAll(options: SeedOptions) {
  const seeded = await Promise.all(
    clouds.map(async (cloud) => (await seedTasks(cloud, options)).map(({ id }) => ({ cloud, id }))),
  );
  return seeded.flat();
}

/** What is selected by no more than must be said: the file system that seeds are of. */
async function selectorOf(cloud: Cloud): Promise<Selector> {
  const { definition, connection } = cloud;
  const common = { connection: connection.name, provider: definition.id };
  const { fileSystem } = definition.selectors!;
  if (fileSystem?.required !== true) return common;
  const { ref } = await seedTask(cloud, { state: 'completed' });
  return { ...common, fileSystem: ref.ids[fileSystem.name]! };
}

/** How many pages hold more tasks than a lane does. */
async function pagesForALane({ definition, connection }: Cloud, selector: Selector): Promise<number> {
  const adapter = await definition.connect(connection.settings, OPEN_GATE);
  const { signal } = new AbortController();
  let pages = 0;
  let page: string | undefined;
  for (let seen = 0; seen <= LANE_SIZE; pages++) {
    const answer = await adapter.list!(selector, { signal, ...(page !== undefined && { page }) });
    seen += answer.tasks.length;
    page = answer.next;
  }
  adapter.close();
  return pages;
}

async function withWorker<T>(story: () => Promise<T>): Promise<T> {
  const worker = await stack.startWorker();
  try {
    return await story();
  } finally {
    await worker.stop();
  }
}

let started = 0;

async function start(selectors: readonly Selector[], more: Partial<CampaignInput> = {}) {
  const handle = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
    workflowId: campaignWorkflowId(`selecting-${started++}`),
    taskQueue: TASK_QUEUE,
    args: [{ reason: 'a test', startAtOnce: true, selectors, ...more } satisfies CampaignInput],
  });
  return {
    result: () => handle.result() as Promise<CampaignResult>,
    abort: () => handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'the story' }] }),

    async gathered(): Promise<CampaignProgress> {
      for (;;) {
        const progress = await handle.query<CampaignProgress>(PROGRESS_QUERY);
        assert.equal(progress.end, undefined, progress.note);
        if (progress.phase !== 'gathering') return progress;
        await sleep(100);
      }
    },

    /** What the listing failed with last, while it is tried again. */
    async lastFailure(): Promise<string> {
      for (;;) {
        const { raw, status } = await handle.describe();
        assert.equal(status.name, 'RUNNING');
        const type = raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type;
        if (typeof type === 'string') return type;
        await sleep(100);
      }
    },
  };
}
