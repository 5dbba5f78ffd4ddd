import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Observation } from '../../contract/observation.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ProviderError, type Provider, type ProviderDefinition } from '../../providers/provider.js';
import { SimulatorControl, type TrueTask } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnections } from '../harness.js';
import { absentTask, idsOf, noQuotas, openClouds, seedTask, type Cloud, type CloudTask } from './clouds.js';
import { readings } from './readings.js';

const LONGEST_MESSAGE = 600;
const CANCELING_MS = 60;
/** States as they are, and as the vendor shows them when it refreshes rarely. */
const REFRESHES_MS = [0, 150];
const { signal } = new AbortController();

interface ReadCloud extends Cloud {
  /** Whether every switch is at its default. */
  readonly asDocumented: boolean;
  readonly sameWord: boolean;
  readonly endsBeforeGone: boolean;
}

/** Readings in which a task that is being deleted is shown as one that has failed: whoever looks again later sees it go. */
const ENDS_BEFORE_GONE: readonly string[] = [
  'huawei-sfs-turbo-data deletingShown = "FAIL"',
  'huawei-sfs-turbo-dir-usage deletingShown = "FAIL"',
];

/**
 * Readings in which the vendor has the same words, in its details too, for a task that was canceled and for one that failed
 * after a cancel was accepted: its own word for canceled is told.
 */
const SAME_WORD: readonly string[] = [
  'alibaba-domain cancelStatusOfFinished = "COMPLETE"',
  'alibaba-domain cancelStatusOfEnded = "COMPLETE"',
];

/** Readings in which what is said of a task that is not there has no code of the vendor's own. */
const NAMELESS: readonly string[] = [
  'alibaba-domain cancelOfUnknown = "unlisted"',
  'huawei-sfs-turbo-dir-usage showOfAbsent = "empty"',
];

const simulators = await Promise.all(ALL_PROVIDERS.map(() => startSimulator()));
const clouds = await Promise.all(
  ALL_PROVIDERS.map((provider, number) => openAlone(provider, simulators[number]!)),
);

/**
 * Whatever the vendor's documents leave open, each adapter is held to what no reading of them may change: an end or an
 * absence is reported only where it is true.
 */
describe('an adapter, however its vendor reads its own documents', { concurrency: true }, () => {
  after(() => Promise.all(simulators.map((simulator) => simulator.close())));

  for (const cloud of clouds) {
    // One reading after the other: a simulator has one at a time.
    describe(cloud.definition.id, { concurrency: false }, () => {
      const defaults = cloud.simulated.switches.parse({});
      for (const [name, value] of [['nothing', undefined] as const, ...readings(cloud.simulated)]) {
        it(`tells no untruth with ${name} ${value === undefined ? 'changed' : `= ${JSON.stringify(value)}`}`, async () => {
          const switches = value === undefined ? defaults : { ...defaults, [name]: value };
          for (const refreshMs of REFRESHES_MS) {
            await cloud.control.reset();
            await cloud.control.settings({
              provider: cloud.definition.id,
              switches,
              refreshMs,
              quotas: noQuotas(cloud.definition),
            });
            const reading = `${cloud.definition.id} ${name} = ${JSON.stringify(value)}`;
            if (!NAMELESS.includes(reading)) await holdToBeingRecognized(cloud);
            await holdToTheTruth({
              ...cloud,
              asDocumented: value === undefined,
              sameWord: SAME_WORD.includes(reading),
              endsBeforeGone: ENDS_BEFORE_GONE.includes(reading),
            });
          }
        });
      }
    });
  }
});

/** A provider's cloud in a simulator of its own. */
async function openAlone(provider: ProviderDefinition, simulator: RunningSimulator): Promise<Cloud> {
  const connection = simulatedConnections(simulator).find((each) => each.provider === provider)!;
  return (await openClouds(new SimulatorControl(simulator.endpoint), [connection]))[0]!;
}

/** Asks for and looks at tasks in every state, one at a time and together. */
async function holdToTheTruth(cloud: ReadCloud): Promise<void> {
  const adapter = await cloud.definition.connect(cloud.connection.settings, OPEN_GATE);
  try {
    const tasks = await seedEveryState(cloud);
    await lookAtAll(cloud, adapter, tasks);
    await Promise.all(tasks.map((task) => ask(cloud, adapter, task)));
    await lookAtAll(cloud, adapter, tasks);
    await sleep(CANCELING_MS + Math.max(...REFRESHES_MS));
    await lookAtAll(cloud, adapter, tasks);
    const canceled = (await cloud.control.tasks()).filter(
      ({ id, state }) => asked.has(id) && state === 'canceled',
    );
    // Waiting, running, canceling and canceled ones: where nothing had been canceled, nothing would have been tried.
    if (cloud.asDocumented) assert.ok(canceled.length >= 4, `${canceled.length} canceled`);
    await Promise.all(tasks.map((task) => ask(cloud, adapter, task)));
    await lookAtAll(cloud, adapter, tasks);
  } finally {
    adapter.close();
  }
}

/**
 * Until the vendor has recognized the caller, one call goes ahead of all others: an answer about a task shows that it has. Else a list of
 * tasks that are not there would hold up the connection, call by call.
 */
async function holdToBeingRecognized(cloud: Cloud): Promise<void> {
  const kinds: unknown[] = [];
  const adapter = await cloud.definition.connect(cloud.connection.settings, {
    pass: (operation, callSignal, call) =>
      OPEN_GATE.pass(operation, callSignal, call).catch((thrown: unknown) => {
        kinds.push(thrown instanceof ProviderError ? thrown.kind : thrown);
        throw thrown;
      }),
  });
  try {
    await seedTask(cloud); // What it is looked for in is there.
    const task = await absentTask(cloud);
    await adapter.observe([idsOf(task)], { signal }).catch(() => {});
    await adapter.cancel(idsOf(task), { clientToken: 'token', signal }).catch(() => {});
  } finally {
    adapter.close();
  }
  assert.deepEqual(
    kinds.filter((kind) => kind !== 'invalid' && kind !== 'denied'),
    [],
  );
}

async function seedEveryState(cloud: Cloud): Promise<CloudTask[]> {
  const delays = { cancelingMs: CANCELING_MS };
  const states = ['waiting', 'running', 'canceling', 'canceled', 'completed', 'failed'] as const;
  const ways = ['stuckCanceling', 'finishFirst', 'failFirst', 'alreadyFinished', 'unsupported'] as const;
  return [
    ...(await Promise.all(states.map((state) => seedTask(cloud, { state, delays })))),
    ...(await Promise.all(ways.map((onCancel) => seedTask(cloud, { onCancel, delays })))),
    await seedTask(cloud, { word: 'MOONBATHING' }),
    ...(cloud.hasSubtasks ? [await seedTask(cloud, { details: { runningSubtasks: 2 } })] : []),
    await absentTask(cloud),
  ];
}

/** As many tasks together as one look may be given. */
function batches(adapter: Provider, tasks: readonly CloudTask[]): CloudTask[][] {
  const byKey = new Map<string, CloudTask[]>();
  for (const task of tasks) {
    const key = adapter.batchKey?.(idsOf(task)) ?? '';
    byKey.set(key, [...(byKey.get(key) ?? []), task]);
  }
  const { observeBatchSize } = adapter;
  return [...byKey.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / observeBatchSize) }, (_, n) =>
      all.slice(n * observeBatchSize, (n + 1) * observeBatchSize),
    ),
  );
}

/** Looks at tasks together, then at each alone. The truth is read after that: an end that was told must be true by then, and ends stay. */
async function lookAtAll(cloud: ReadCloud, adapter: Provider, tasks: readonly CloudTask[]): Promise<void> {
  const together: Look[] = [];
  for (const batch of batches(adapter, tasks)) together.push(await look(cloud, adapter, batch));
  const alone = await Promise.all(tasks.map((task) => look(cloud, adapter, [task])));
  const truths = await cloud.control.tasks({ provider: cloud.definition.id });
  const trulyIs = (task: CloudTask) => truths.find(({ id }) => id === task.id);

  for (const { of, seen } of [...together, ...alone]) {
    if (seen === undefined) continue;
    assert.equal(seen.length, of.length, 'one observation for each task');
    for (const [position, task] of of.entries()) checkObservation(cloud, trulyIs(task), seen[position]!);
  }
  // Alone, a task that is there is always told of; among others it may be hidden by the error of one of them.
  for (const { of, seen } of alone) {
    const truth = trulyIs(of[0]!);
    const told = seen !== undefined || truth === undefined || vanished(cloud, truth);
    assert.ok(told, `not told of ${JSON.stringify(truth)}`);
  }
}

interface Look {
  readonly of: readonly CloudTask[];
  /** Undefined when it threw. */
  readonly seen: readonly Observation[] | undefined;
}

async function look(cloud: Cloud, adapter: Provider, tasks: readonly CloudTask[]): Promise<Look> {
  const seen = await orProviderError(cloud, () => adapter.observe(tasks.map(idsOf), { signal }));
  return { of: tasks, seen };
}

function checkObservation(cloud: ReadCloud, truth: TrueTask | undefined, seen: Observation): void {
  const say = `seen as ${JSON.stringify(seen)}, truly ${JSON.stringify(truth)}`;
  assert.ok(seen.rawState !== '' && !Number.isNaN(Date.parse(seen.observedAt)), say);
  if (truth?.word === 'MOONBATHING') assert.ok(seen.state === 'unknown' || seen.state === 'absent', say);
  const isSameWord = cloud.sameWord && truth?.state === 'failed' && asked.has(truth.id);
  // The truth is read after the look: what was being deleted may be gone, or have ended by itself, by then.
  const isShownSo = cloud.endsBeforeGone && truth?.cancelRequestedAt !== null && seen.rawState === 'FAIL';
  if (seen.state === 'ended' && !isShownSo && !(isSameWord && seen.end === 'canceled'))
    assert.equal(seen.end, endOf(cloud, truth), say);
  if (seen.state === 'absent') assert.ok(truth === undefined || vanished(cloud, truth), say);
  if (truth === undefined) assert.equal(seen.state, 'absent', say);
}

/** How it truly ended, as far as its vendor tells ends apart. */
function endOf({ tellsFailed }: Cloud, truth: TrueTask | undefined): string | undefined {
  return truth?.state === 'failed' && !tellsFailed ? 'completed' : truth?.state;
}

const ENDED: readonly string[] = ['canceled', 'completed', 'failed'];
const asked = new Set<string>();

/** Whether the vendor keeps no record of it: it has ended, and a cancel that leaves none was called for it. */
function vanished({ definition, asDocumented }: ReadCloud, { id, state, word }: TrueTask): boolean {
  // The simulator's own word: the record of a task whose work goes on may be gone.
  if (word === '(gone)') return true;
  // What has ended may be hidden where no document says that it is shown.
  if (!asDocumented && ENDED.includes(state)) return true;
  if (definition.cancelLeaves === 'record') return false;
  return state === 'canceled' || (asked.has(id) && ENDED.includes(state));
}

async function ask(cloud: Cloud, adapter: Provider, task: CloudTask): Promise<void> {
  asked.add(task.id);
  // One token a task, as in a single attempt that is repeated.
  const clientToken = createHash('sha256').update(task.id).digest('hex');
  await orProviderError(cloud, () => adapter.cancel(idsOf(task), { signal, clientToken }));
  if (adapter.rehearse !== undefined)
    await orProviderError(cloud, () => adapter.rehearse!(idsOf(task), { signal }));
  if (adapter.subtasks === undefined) return;
  const found = await orProviderError(cloud, () => adapter.subtasks!.running([idsOf(task)], { signal }));
  for (const { count, cancelable, ids } of found ?? []) {
    assert.ok(
      cancelable <= count && ids.length <= count,
      `${ids.length} of ${count}, ${cancelable} cancelable`,
    );
  }
}

/** What a call answers; undefined when it throws the one kind of error it may throw, and that one is sound. */
async function orProviderError<T>({ definition }: Cloud, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    assert.ok(thrown instanceof ProviderError, `threw what is no ProviderError: ${String(thrown)}`);
    assert.notEqual(thrown.code, '');
    assert.ok(thrown.message.length <= LONGEST_MESSAGE, `${thrown.message.length} characters of message`);
    const told = JSON.stringify([thrown.message, thrown.code, thrown.context, thrown.stack]);
    const { env } = definition.simulatedConnection(simulators[0]!);
    for (const [name, secret] of Object.entries(env)) assert.ok(!told.includes(secret), `tells ${name}`);
    return undefined;
  }
}
