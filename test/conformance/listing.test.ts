import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { ProviderError, type ListedTask, type Provider, type Selection } from '../../providers/provider.js';
import { SimulatorControl, type TrueTask } from '../../simulator/control-client.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnections } from '../harness.js';
import { noQuotas, openClouds, seedTask, seedTasks, type Cloud } from './clouds.js';

const { signal } = new AbortController();
const DAY_MS = 24 * 60 * 60_000;
/** More than any vendor's page holds. */
const MANY = 1_050;
const STATES = ['waiting', 'running', 'canceling', 'canceled', 'completed', 'failed'] as const;

const simulators = await Promise.all(ALL_PROVIDERS.map(() => startSimulator()));
const clouds = await Promise.all(
  ALL_PROVIDERS.map(async (provider, number) => {
    const simulator = simulators[number]!;
    const connection = simulatedConnections(simulator).find((each) => each.provider === provider)!;
    return (await openClouds(new SimulatorControl(simulator.endpoint), [connection]))[0]!;
  }),
);

/** What a selector brings is what is there, and nothing else. */
describe('the tasks that are listed', { concurrency: true }, () => {
  after(() => Promise.all(simulators.map((simulator) => simulator.close())));

  for (const cloud of clouds) {
    const { definition } = cloud;
    // One after the other: each begins with an empty cloud.
    describe(definition.id, { concurrency: false }, () => {
      it('can be if, and only if, the definition says by what', () =>
        withAdapter(cloud, (adapter) => {
          assert.equal('list' in adapter, definition.selectors !== undefined);
        }));

      if (definition.selectors !== undefined) describeListing(cloud, definition.selectors);
    });
  }
});

function describeListing(cloud: Cloud, selectors: NonNullable<Cloud['definition']['selectors']>): void {
  const { control, definition, simulated } = cloud;
  const every: Selection = { states: selectors.states };

  it('are all there are, each once, on several pages, with ids that find them again', async () => {
    await anew(cloud);
    const seeded = await seedTasks(cloud, { count: MANY });
    await withAdapter(cloud, async (adapter) => {
      const { tasks, pages } = await listAll(cloud, adapter, {});
      assert.ok(pages > 1, 'one page held them all');
      assert.deepEqual(names(tasks), seeded.map(({ id }) => id).sort());
      for (const { task } of tasks) {
        const known = [...definition.fields, ...(definition.hints ?? [])];
        for (const { name } of definition.fields) assert.ok(task[name], `${name} is left out`);
        for (const [name, value] of Object.entries(task))
          assert.match(value, known.find((each) => each.name === name)!.pattern);
      }
      const some = tasks.slice(0, 3).map(({ task }) => task);
      const seen = await adapter.observe(some, { signal });
      assert.deepEqual(
        seen.map(({ state }) => state),
        ['active', 'active', 'active'],
      );
      for (const hint of definition.hints ?? [])
        assert.deepEqual(
          tasks.slice(0, 9).map(({ task }) => task[hint.name] === undefined),
          Array.from({ length: 9 }, () => false),
          `the hint ${hint.name} is left out`,
        );
    });
  });

  it('are those that may be asked, where no state is named, and none in a state that nobody knows', async () => {
    await anew(cloud);
    const delays = { cancelingMs: 60 * 60_000, waitingMs: 60 * 60_000 };
    const [waiting, running] = await Promise.all(STATES.map((state) => seedTask(cloud, { state, delays })));
    await seedTask(cloud, { word: 'MOONBATHING' });
    await withAdapter(cloud, async (adapter) => {
      const { tasks } = await listAll(cloud, adapter, {});
      const canceling = await truths(cloud, ({ state }) => state === 'canceling' && !cloud.showsCanceling);
      const expected = [waiting!.id, running!.id, ...canceling.map(({ id }) => id)].sort();
      assert.deepEqual(names(tasks), expected);
      assert.ok(tasks.every(({ observation }) => observation.state === 'active'));
    });
  });

  it('are exactly those in a state, for each of the vendor’s words and for several together', async () => {
    await anew(cloud);
    const delays = { cancelingMs: 60 * 60_000, waitingMs: 60 * 60_000 };
    await Promise.all(STATES.map((state) => seedTasks(cloud, { state, delays, count: 3 })));
    await withAdapter(cloud, async (adapter) => {
      for (const word of selectors.states) {
        const { tasks } = await listAll(cloud, adapter, { states: [word] });
        const there = await truths(cloud, (each) => each.word.split('/').includes(word));
        assert.deepEqual(names(tasks), there.map(({ id }) => id).sort(), word);
      }
      const { tasks } = await listAll(cloud, adapter, every);
      const shown = await truths(cloud, ({ word }) =>
        selectors.states.some((each) => word.split('/').includes(each)),
      );
      assert.deepEqual(names(tasks), shown.map(({ id }) => id).sort());
      assert.ok(shown.length >= 4 * 3, `${shown.length} are shown`);
    });
  });

  const typeDetail = ['type', 'action', 'taskType'].find((name) => name in simulated.seedDetails.shape);
  it(selectors.types ? 'are exactly those of a type' : 'have no type to select by', async () => {
    assert.equal(selectors.types === undefined, typeDetail === undefined);
    if (selectors.types === undefined || typeDetail === undefined) return;
    await anew(cloud);
    const byType = new Map<string, string>();
    for (const type of selectors.types)
      byType.set(type, (await seedTask(cloud, { details: { [typeDetail]: type } })).id);
    await withAdapter(cloud, async (adapter) => {
      for (const [type, id] of byType)
        assert.deepEqual(names((await listAll(cloud, adapter, { types: [type] })).tasks), [id], type);
      const two = [...byType].slice(0, 2);
      const { tasks } = await listAll(cloud, adapter, { types: two.map(([type]) => type) });
      assert.deepEqual(names(tasks), two.map(([, id]) => id).sort());
    });
  });

  it('are none younger than asked, and all that are older for certain', async () => {
    await anew(cloud);
    const old = await seedTasks(cloud, { count: 3 });
    const { now } = await control.advanceClock(10 * DAY_MS);
    await seedTasks(cloud, { count: 3, state: 'running' });
    const nowMs = Date.parse(now);
    const older = async (adapter: Provider, ms: number) =>
      names((await listAll(cloud, adapter, { ...every, createdBeforeMs: nowMs - ms })).tasks);
    await withAdapter(cloud, async (adapter) => {
      const ids = old.map(({ id }) => id).sort();
      assert.deepEqual(await older(adapter, DAY_MS), ids);
      // As near to their age as the vendor's time allows, to a second that is not told.
      assert.deepEqual(await older(adapter, 10 * DAY_MS - selectors.ageSlackMs - 60_000), ids);
      assert.deepEqual(await older(adapter, 10 * DAY_MS + 60_000), []);
    });
  });

  it('are those of one file system alone, where they belong to one', async () => {
    const { fileSystem } = selectors;
    if (fileSystem === undefined) return;
    await anew(cloud);
    await seedTask(cloud);
    const there = await seedTask(cloud, { details: { [fileSystem.name]: fileSystem.example } });
    const elsewhere = await seedTask(cloud, {
      details: { [fileSystem.name]: anotherThan(fileSystem.example) },
    });
    await withAdapter(cloud, async (adapter) => {
      const selection = { fileSystem: fileSystem.example };
      const { tasks } = await pagesOf(adapter, selection);
      assert.ok(names(tasks).includes(there.id) && !names(tasks).includes(elsewhere.id));
    });
  });

  for (const [kind, fault] of [
    ['throttled', { kind: 'throttle' }],
    ['unavailable', { kind: 'error' }],
    ['unavailable', { kind: 'reset' }],
    [undefined, { kind: 'html', status: 200 }],
    [undefined, { kind: 'malformed', body: 'truncated' }],
    [undefined, { kind: 'malformed', body: 'wrongTypes' }],
  ] as const) {
    it(`are not thought to end where the list breaks off: ${JSON.stringify(fault)}`, async () => {
      await anew(cloud);
      await seedTasks(cloud, { count: MANY });
      const match = { provider: definition.id, operation: selectors.operation };
      await control.fault({ ...fault, match, afterCalls: 1, times: 'always' });
      await withAdapter(cloud, async (adapter) => {
        await assert.rejects(listAll(cloud, adapter, {}), (thrown) => {
          assert.ok(thrown instanceof ProviderError, String(thrown));
          if (kind !== undefined) assert.equal(thrown.kind, kind);
          return true;
        });
      });
      await control.clearFaults();
    });
  }
}

/** Begins with an empty cloud without quotas. */
async function anew({ control, definition }: Cloud): Promise<void> {
  await control.reset();
  await control.settings({ provider: definition.id, quotas: noQuotas(definition) });
}

async function withAdapter(cloud: Cloud, story: (adapter: Provider) => unknown): Promise<void> {
  const adapter = await cloud.definition.connect(cloud.connection.settings, OPEN_GATE);
  try {
    await story(adapter);
  } finally {
    adapter.close();
  }
}

/** Of the file system that seeds are of, where the vendor needs one. */
async function listAll(cloud: Cloud, adapter: Provider, selection: Selection) {
  const { fileSystem } = cloud.definition.selectors!;
  if (fileSystem?.required !== true) return pagesOf(adapter, selection);
  const [task] = await cloud.control.tasks({ provider: cloud.definition.id, limit: 1 });
  return pagesOf(adapter, { fileSystem: task!.ids[fileSystem.name]!, ...selection });
}

async function pagesOf(adapter: Provider, selection: Selection) {
  const tasks: ListedTask[] = [];
  let pages = 0;
  for (let page: string | undefined; pages === 0 || page !== undefined; pages++) {
    const answer = await adapter.list!(selection, { signal, ...(page !== undefined && { page }) });
    tasks.push(...answer.tasks);
    page = answer.next;
    assert.ok(pages < 200, 'it does not end');
  }
  return { tasks, pages };
}

async function truths(
  { control, definition }: Cloud,
  fits: (task: TrueTask) => boolean,
): Promise<TrueTask[]> {
  return (await control.tasks({ provider: definition.id })).filter(fits);
}

/** The vendor's own ids of the tasks, which are the last of all their ids. */
function names(tasks: readonly ListedTask[]): string[] {
  return tasks.map(({ task }) => task['taskId'] ?? task['taskNo'] ?? '').sort();
}

/** As long, of the same form. */
function anotherThan(id: string): string {
  return `${id.slice(0, -1)}${id.endsWith('1') ? '2' : '1'}`;
}
