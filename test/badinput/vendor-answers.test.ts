import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { LaneFiller } from '../../activities/lane-filler.js';
import { beforeLook, erroredRow, rowBeforeAsk, rowOfAnswer, seenIn } from '../../activities/target-row.js';
import { LANE_SIZE, LONGEST_TARGET, type TargetRow } from '../../contract/campaign.js';
import type { CancelAnswer, Observation, RunningSubtasks } from '../../contract/observation.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { LONGEST_RETRY_AFTER_MS } from '../../providers/pacing.js';
import {
  ProviderError,
  type Provider,
  type ProviderDefinition,
  type TaskPage,
} from '../../providers/provider.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import {
  absentTask,
  idsOf,
  openClouds,
  seedTask,
  type Cloud,
  type CloudTask,
} from '../conformance/clouds.js';
import { simulatedConnections } from '../harness.js';
import { fuzzed } from './fuzzed.js';
import {
  mutate,
  mutation,
  nastyValue,
  withField,
  withRows,
  wrongCharset,
  type Mutation,
  type Wire,
} from './mutate-answer.js';
import { MutatingProxy } from './mutating-proxy.js';

/** Of any text that is told of an answer: a pending Activity's failure above 4 KB is dropped by the Temporal server. */
const LONGEST_TEXT = 600;
/** Bytes of a whole look at one task, or ask: two hundred of them are one Activity's result, which may have 2 MB. */
const LARGEST_TOLD = 8_000;
/** Bytes of what a lane keeps of one target. */
const LARGEST_ROW = 1_050;
/** Of Temporal: a lane's targets or its rows travel in one payload. */
const LARGEST_PAYLOAD = 2 * 1_024 * 1_024;
const ANSWERED_WITHIN_MS = 5_000;
/** Values in the JSON of one of the answers here, or more. */
const MOST_PLACES = 60;
const MEGABYTE = 1_024 * 1_024;
const STAYS_MS = 24 * 60 * 60_000;
const STATES = ['waiting', 'running', 'canceling', 'canceled', 'completed', 'failed'] as const;
const { signal } = new AbortController();

const OPERATIONS = [
  'observe',
  'observe',
  'together',
  'cancel',
  'rehearse',
  'subtasks',
  'list',
  'check',
] as const;
type Operation = (typeof OPERATIONS)[number];

interface Story {
  readonly operation: Operation;
  /** Which of the tasks. */
  readonly task: number;
  /** Which of the answers is changed: the first, the second, …, or every one. */
  readonly place: number | 'every';
  readonly change: Mutation;
}

/**
 * The true answers of every provider's simulated cloud, each changed on its way: from none of them may an adapter learn what the
 * cloud did not say. Nothing here knows which provider it is.
 */
describe('an adapter, of an answer that was spoilt', { concurrency: false }, () => {
  for (const definition of ALL_PROVIDERS) {
    describe(definition.id, () => {
      let simulator: RunningSimulator;
      let bench: Bench;

      before(async () => {
        simulator = await startSimulator();
        bench = await openBench(simulator, definition);
      });
      after(async () => {
        bench.close();
        await simulator.close();
      });

      it('tells what the cloud said, or that it does not understand', async () => {
        await fc.assert(
          fc.asyncProperty(story(), (told) => hold(bench, told)),
          fuzzed(150),
        );
      });

      it('believes no answer that was about another task, as from a cache in between', async () => {
        const { adapter, proxy, tasks, answers, looks } = bench;
        for (const [place, task] of tasks.entries()) {
          for (const [other, wire] of answers.entries()) {
            proxy.begin(() => wire);
            const answer = await orProviderError(() => adapter.observe([idsOf(task)], { signal }));
            // That a task is not there, is said alike of all.
            if ('error' in answer || looks[other]?.state === 'absent') continue;
            const [seen] = answer.value as Observation[];
            const told = `${task.id} seen as ${JSON.stringify(seen)} in ${wire.body.toString().slice(0, 1_000)}`;
            assert.equal(seen?.state, looks[place]?.state, told);
          }
        }
      });

      it('takes no error for a success, whatever status of one it has', async () => {
        for (const operation of ['observe', 'cancel', 'rehearse'] as const)
          for (const task of bench.tasks.keys())
            for (const status of [200, 201, 202, 204])
              await hold(bench, { operation, task, place: 0, change: { of: 'status', status } });
      });

      it('tells no more of a subtask than a history can hold, wherever a long word stands', async () => {
        if (bench.adapter.subtasks === undefined) return;
        const task = STATES.indexOf('running');
        for (let at = 0; at < MOST_PLACES; at += 1) {
          const change = { of: 'json', op: 'set', at, value: 'dashes' } as const;
          await hold(bench, { operation: 'subtasks', task, place: 0, change });
        }
      });

      it('reads an answer of fifteen megabytes, and of seventeen says that it is too large', async () => {
        const { adapter, proxy, tasks, looks } = bench;
        const ofState = ({ state, rawState }: Observation) => [state, rawState];
        for (const [place, task] of tasks.slice(0, STATES.length).entries()) {
          proxy.begin((wire, number) => (number === 0 ? withField(wire, 15 * MEGABYTE) : wire));
          const [seen] = await adapter.observe([idsOf(task)], { signal });
          assert.deepEqual(ofState(seen!), ofState(looks[place]!));
          assert.ok(bytesOf(seen) <= LARGEST_TOLD && proxy.sent[0]!.body.length > 15 * MEGABYTE);
        }
        proxy.begin((wire) => withField(wire, 17 * MEGABYTE));
        const answer = await orProviderError(() => adapter.observe([idsOf(tasks[0]!)], { signal }));
        const { kind, code, message } = 'error' in answer ? answer.error : assert.fail('it was read');
        assert.deepEqual([kind, code], ['unavailable', 'UND_ERR_RES_EXCEEDED_MAX_SIZE']);
        assert.match(message, /: the answer is too large$/);
      });

      it('reads a list of fifteen megabytes, however often it has a task', async () => {
        const { adapter, proxy } = bench;
        const listed = async () => {
          const { tasks } = (await adapter.list?.(selectionOf(bench), { signal })) ?? { tasks: [] };
          return new Map(tasks.map(({ task, observation }) => [JSON.stringify(task), observation.state]));
        };
        proxy.begin();
        const truly = await listed();
        proxy.begin((wire, number) => (number === 0 ? withRows(wire, 15 * MEGABYTE) : wire));
        assert.deepEqual(await listed(), truly);
        assert.ok(truly.size > 0 && proxy.sent[0]!.body.length > 15 * MEGABYTE);
      });

      // Each is rare among all that may be wrong.
      it('is stopped by no value, however long or deep, of an error, of a subtask or of a list', async () => {
        await fc.assert(
          fc.asyncProperty(nastyStory(), (told) => hold(bench, told)),
          fuzzed(120),
        );
      });
    });
  }
});

it('a row of a lane is small, however much a vendor says, and in whatever signs', () => {
  for (const sign of ['x', '"', '目', '\u0001']) {
    const said = sign.repeat(LONGEST_TEXT);
    const told = { rawState: said, message: said, requestId: said, observedAt: '2026-11-21T00:00:00Z' };
    const looks: readonly Observation[] = [
      ...(['active', 'canceling', 'absent', 'inaccessible', 'unknown'] as const).map((state) => ({
        ...told,
        state,
      })),
      { ...told, state: 'ended', end: 'failed' },
    ];
    for (const look of looks) {
      judgeRowsOf(look, sign);
      const answer: CancelAnswer = { kind: 'refused', code: said, message: said, requestId: said };
      judgeRow(rowOfAnswer(answer, seenIn(look)), sign);
      judgeRow(erroredRow(new ProviderError('unrecognized', said, said), seenIn(look)), sign);
    }
  }
});

it('a lane of the largest rows there may be, and of their paths, is one payload', () => {
  assert.ok(LANE_SIZE * (LARGEST_ROW + LONGEST_TARGET) < LARGEST_PAYLOAD);
});

function story(): fc.Arbitrary<Story> {
  return fc.record({
    operation: fc.constantFrom(...OPERATIONS),
    task: fc.nat(STATES.length),
    place: fc.constantFrom(0, 0, 1, 2, 'every' as const),
    change: mutation(),
  });
}

const ENDED_OR_ABSENT = [STATES.indexOf('canceled'), STATES.indexOf('failed'), STATES.length] as const;

function nastyStory(): fc.Arbitrary<Story> {
  const of = (operation: Operation, ...tasks: number[]) =>
    fc.record({
      operation: fc.constant(operation),
      task: fc.constantFrom(...tasks),
      place: fc.constantFrom(0, 'every' as const),
      change: fc.oneof({ weight: 4, arbitrary: nastyValue() }, { weight: 1, arbitrary: wrongCharset() }),
    });
  return fc.oneof(
    of('cancel', ...ENDED_OR_ABSENT),
    of('subtasks', STATES.indexOf('running')),
    of('list', 0),
    of('observe', ...STATES.keys(), STATES.length),
  );
}

interface Bench {
  readonly cloud: Cloud;
  readonly proxy: MutatingProxy;
  readonly adapter: Provider;
  /** One in every state, and one that is not there. */
  readonly tasks: readonly CloudTask[];
  /** What the true answer is to a cancel of a task like each of them. */
  readonly cancels: readonly (CancelAnswer | undefined)[];
  readonly looks: readonly Observation[];
  /** The first answer to a look at each of them. */
  readonly answers: readonly Wire[];
  readonly listed: TaskPage | undefined;
  /** What the cloud answers to a look at the task that is not there: an answer that was changed into one cannot be told from it. */
  readonly absences: ReadonlySet<string>;
  close(): void;
}

async function openBench(simulator: RunningSimulator, definition: ProviderDefinition): Promise<Bench> {
  const proxy = await MutatingProxy.start(simulator.endpoint);
  const control = new SimulatorControl(simulator.endpoint);
  const connection = simulatedConnections({ ...simulator, endpoint: proxy.endpoint }).find(
    ({ provider }) => provider === definition,
  )!;
  const cloud = (await openClouds(control, [connection]))[0]!;
  const adapter = await definition.connect(connection.settings, OPEN_GATE);
  const tasks = [
    ...(await Promise.all(STATES.map((state) => seedLike(cloud, state)))),
    await absentTask(cloud),
  ];
  const looks = await Promise.all(
    tasks.map(async (task) => (await adapter.observe([idsOf(task)], { signal }))[0]!),
  );
  const bench = { cloud, proxy, adapter, tasks, looks, close: () => (adapter.close(), proxy.close()) };
  const cancels = [];
  for (const place of tasks.keys()) cancels.push(await trulyCanceled(bench, place));
  const answers: Wire[] = [];
  for (const task of tasks) {
    proxy.begin();
    await adapter.observe([idsOf(task)], { signal });
    answers.push(proxy.sent[0]!);
  }
  const absences = new Set(proxy.sent.map(withoutIds));
  return {
    ...bench,
    cancels,
    answers,
    absences,
    listed: await adapter.list?.(selectionOf(bench), { signal }),
  };
}

const delays = { waitingMs: STAYS_MS, runningMs: STAYS_MS, cancelingMs: STAYS_MS };

function seedLike(cloud: Cloud, state: (typeof STATES)[number]): Promise<CloudTask> {
  const details = cloud.hasSubtasks && state === 'running' ? { runningSubtasks: 3, subtaskMs: STAYS_MS } : {};
  return seedTask(cloud, { state, delays, details });
}

/** A cancel has its effect whatever becomes of its answer: each is of a task of its own. */
function freshTask({ cloud }: Pick<Bench, 'cloud'>, place: number): Promise<CloudTask> {
  const state = STATES[place];
  return state === undefined ? absentTask(cloud) : seedLike(cloud, state);
}

async function trulyCanceled(
  bench: Pick<Bench, 'cloud' | 'adapter'>,
  place: number,
): Promise<CancelAnswer | undefined> {
  const task = await freshTask(bench, place);
  return bench.adapter
    .cancel(idsOf(task), { signal, clientToken: tokenOf(task) })
    .catch((thrown: unknown) => {
      assert.ok(thrown instanceof ProviderError, String(thrown));
      return undefined; // No document lists its answer: the error is the true answer.
    });
}

const tokenOf = ({ id }: CloudTask) => Buffer.from(id).toString('hex').slice(0, 64);

function selectionOf({ cloud, tasks }: Pick<Bench, 'cloud' | 'tasks'>) {
  const { fileSystem } = cloud.definition.selectors ?? {};
  const id = fileSystem === undefined ? undefined : tasks[0]!.ref.ids[fileSystem.name];
  return { ...(id !== undefined && { fileSystem: id }), states: cloud.definition.selectors?.states ?? [] };
}

async function hold(bench: Bench, told: Story): Promise<void> {
  const { operation, place, change } = told;
  const ids = bench.tasks.map(({ id }) => id);
  // Made before the proxy changes anything: a cancel has a task of its own.
  const task = operation === 'cancel' ? await freshTask(bench, told.task) : bench.tasks[told.task]!;
  bench.proxy.begin((genuine, number) =>
    place === 'every' || number === place ? mutate(genuine, change, ids) : genuine,
  );
  const startedAt = performance.now();
  const answer = await orProviderError(() => MAKE[operation](bench.adapter, task, bench));
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < ANSWERED_WITHIN_MS, `answered after ${tookMs} ms`);
  const shown = JSON.stringify(answer).slice(0, 2_000);
  const say = `${shown} of ${bench.proxy.sent.map(({ status, body }) => `${status} ${body.toString().slice(0, 2_000)}`).join('\n')}`;
  if ('error' in answer) {
    judgeRow(erroredRow(answer.error, seenIn(bench.looks[told.task]!)), say);
    judgeKind(change, answer.error, bench.proxy, say);
    return judgeHarmless(change, answer.error, operation, bench, told.task, say);
  }
  await JUDGES[operation](bench, told, answer.value, say);
}

type Answered = { readonly value: unknown } | { readonly error: ProviderError };

type Make = (adapter: Provider, task: CloudTask, bench: Bench) => Promise<unknown>;

const MAKE: Readonly<Record<Operation, Make>> = {
  observe: (adapter, task) => adapter.observe([idsOf(task)], { signal }),
  together: (adapter, _task, { tasks }) => adapter.observe(together(adapter, tasks).map(idsOf), { signal }),
  cancel: (adapter, task) => adapter.cancel(idsOf(task), { signal, clientToken: tokenOf(task) }),
  rehearse: async (adapter, task) => adapter.rehearse?.(idsOf(task), { signal }),
  subtasks: async (adapter, task) => adapter.subtasks?.running([idsOf(task)], { signal }),
  list: async (adapter, _task, bench) => adapter.list?.(selectionOf(bench), { signal }),
  check: (adapter) => adapter.check({ signal }),
};

/** Those that one look may be given. */
function together(adapter: Provider, tasks: readonly CloudTask[]): CloudTask[] {
  const keyOf = (task: CloudTask) => adapter.batchKey?.(idsOf(task));
  return tasks.filter((task) => keyOf(task) === keyOf(tasks[0]!));
}

async function orProviderError(call: () => Promise<unknown>): Promise<Answered> {
  try {
    return { value: await call() };
  } catch (thrown) {
    assert.ok(thrown instanceof ProviderError, `threw what is no ProviderError: ${stackOf(thrown)}`);
    const { code, message, context } = thrown;
    assert.ok(code.trim() !== '' && code.length <= LONGEST_TEXT, `a code of ${code.length} characters`);
    assert.ok(message.length <= LONGEST_TEXT, `a message of ${message.length} characters`);
    assert.ok((context.requestId ?? '').length <= LONGEST_TEXT, 'a long request id');
    const { retryAfterMs = 0 } = context;
    assert.ok(retryAfterMs >= 0 && retryAfterMs <= LONGEST_RETRY_AFTER_MS, `retry after ${retryAfterMs} ms`);
    return { error: thrown };
  }
}

const stackOf = (thrown: unknown) =>
  (thrown instanceof Error ? thrown.stack : String(thrown))?.slice(0, 2_000);

/** What changes nothing of what an answer says must change nothing of what is understood. */
function judgeHarmless(
  change: Mutation,
  error: ProviderError,
  operation: Operation,
  { cancels }: Bench,
  place: number,
  say: string,
): void {
  if (change.of !== 'harmless') return;
  const isTrue = (operation === 'cancel' || operation === 'rehearse') && cancels[place] === undefined;
  assert.ok(isTrue, `${error.kind} ${error.code}: ${error.message} on ${say}`);
}

/**
 * A success whose body was spoilt is not understood. It must not pass for a vendor that asks for patience, for a credential that a
 * person has to mend, or for a refusal.
 */
function judgeKind(
  { of }: Mutation,
  { kind, code, message }: ProviderError,
  { genuine }: MutatingProxy,
  say: string,
): void {
  const isBody = of === 'text' || of === 'charset' || of === 'json';
  // An error of the cloud's own may be the one that is told; as when it is asked for a page that a spoilt answer has named.
  const wereAllSuccesses = genuine.every(({ status }) => status >= 200 && status < 300);
  if (!isBody || !wereAllSuccesses) return;
  // Of a list that is shorter than it says, nobody can tell whether it has moved: it is read again. On a busy machine, a connection
  // may end before its answer.
  const passes = kind === 'unavailable' && !code.startsWith('HTTP ');
  assert.ok(kind === 'unrecognized' || passes, `${kind} ${code}: ${message} on ${say}`);
}

type Judge = (bench: Bench, told: Story, value: unknown, say: string) => void | Promise<void>;

const JUDGES: Readonly<Record<Operation, Judge>> = {
  observe: (bench, told, value, say) => {
    const [seen, ...others] = value as Observation[];
    assert.ok(seen !== undefined && others.length === 0, say);
    judgeLook(bench, told, { seen, truly: bench.looks[told.task]! }, say);
  },
  together: (bench, told, value, say) => {
    const tasks = together(bench.adapter, bench.tasks);
    const looks = value as Observation[];
    assert.equal(looks.length, tasks.length, say);
    for (const [place, task] of tasks.entries()) {
      const truly = bench.looks[bench.tasks.indexOf(task)]!;
      judgeLook(bench, told, { seen: looks[place]!, truly }, say);
    }
  },
  cancel: (bench, told, value, say) => {
    judgeRow(rowOfAnswer(value as CancelAnswer, seenIn(bench.looks[told.task]!)), say);
    judgeAnswer(bench.cancels[told.task], value as CancelAnswer, say);
  },
  rehearse: (bench, told, value, say) => {
    if (bench.adapter.rehearse !== undefined)
      judgeAnswer(bench.cancels[told.task], value as CancelAnswer, say);
  },
  subtasks: async ({ adapter, tasks, proxy }, told, value, say) => {
    const { subtasks } = adapter;
    if (value === undefined || subtasks === undefined) return;
    proxy.begin();
    // Whatever they are called, one may be asked to end.
    const [{ ids: [named] } = { ids: [] }] = value as RunningSubtasks[];
    if (named !== undefined && told.change.of === 'json')
      await orProviderError(() =>
        subtasks.cancel(idsOf(tasks[told.task]!), named, { signal, clientToken: 'a' }),
      );
    for (const { count, cancelable, ids } of value as RunningSubtasks[])
      assert.ok(cancelable <= count && ids.length <= count, say);
    assert.ok(bytesOf(value) <= LARGEST_TOLD, say);
  },
  list: (bench, told, value, say) => {
    return value === undefined ? undefined : judgeList(bench, told, value as TaskPage, say);
  },
  check: (_bench, _told, value, say) => assert.ok(bytesOf(value) <= LARGEST_TOLD, say),
};

function judgeLook(
  { proxy, absences }: Bench,
  { change, operation }: Story,
  { seen, truly }: { readonly seen: Observation; readonly truly: Observation },
  say: string,
): void {
  assert.ok(seen.rawState !== '' && bytesOf(seen) <= LARGEST_TOLD, say);
  judgeRowsOf(seen, say);
  assert.ok(!Number.isNaN(Date.parse(seen.observedAt)), say);
  if (seen.state === 'unknown' && change.of !== 'harmless') return;
  // A list without one of its rows is what the cloud says of a task that is not there: nobody could tell.
  const isShortened = change.of === 'json' && ['delete', 'empty', 'set', 'wrap'].includes(change.op);
  const isBelievable =
    operation === 'together' ? isShortened : proxy.sent.some((wire) => absences.has(withoutIds(wire)));
  if (seen.state === 'absent' && isBelievable) return;
  // Whether it is active or being canceled decides nothing: neither is an end.
  const isAlive = (state: Observation['state']) => state === 'active' || state === 'canceling';
  if (isAlive(seen.state) && isAlive(truly.state)) return;
  const told = `seen as ${JSON.stringify(seen)}, truly ${JSON.stringify(truly)}: ${say}`;
  assert.equal(seen.state, truly.state, told);
  if (seen.state === 'ended') assert.equal(seen.end, truly.state === 'ended' ? truly.end : '', told);
}

function judgeAnswer(truly: CancelAnswer | undefined, told: CancelAnswer, say: string): void {
  assert.ok(bytesOf(told) <= LARGEST_TOLD, say);
  assert.equal(told.kind, truly?.kind, say);
}

async function judgeList(
  { cloud, listed }: Bench,
  { change }: Story,
  { tasks }: TaskPage,
  say: string,
): Promise<void> {
  // What becomes of it in a campaign: lanes, an Update each.
  const filler = new LaneFiller(cloud.definition, (paths) => {
    for (const path of paths) assert.ok(Buffer.byteLength(path) <= LONGEST_TARGET, say);
    return Promise.resolve();
  });
  await orProviderError(() => filler.take(tasks).then(() => filler.flush()));

  if (change.of === 'harmless')
    assert.equal(tasks.length > 0, listed !== undefined && listed.tasks.length > 0, say);
  for (const { task, observation } of tasks) {
    assert.ok(bytesOf(observation) <= LARGEST_TOLD, say);
    judgeRowsOf(observation, say);
    const own = JSON.stringify(task);
    const truly = listed?.tasks.find((each) => JSON.stringify(each.task) === own);
    if (observation.state === 'ended' && truly?.observation.state === 'ended')
      assert.equal(observation.end, truly.observation.end, say);
  }
}

/** What a lane may keep of a look, whether it has asked before or not. */
function judgeRowsOf(look: Observation, say: string): void {
  judgeRow({ state: 'asked', ...seenIn(look) }, say);
  for (const askedBefore of [true, false]) {
    const row = rowBeforeAsk(look, { seenBefore: askedBefore, askedBefore });
    if (row !== undefined) judgeRow({ ...beforeLook(seenIn(look)), ...row }, say);
  }
}

function judgeRow(row: TargetRow, say: string): void {
  assert.ok(bytesOf(row) <= LARGEST_ROW, `a row of ${bytesOf(row)} bytes: ${say}`);
}

/** As it travels: a Chinese sign is three. */
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** An answer, but for what differs from one call to the next. */
function withoutIds({ status, body }: Wire): string {
  const text = body
    .toString()
    .replaceAll(/[0-9a-f][0-9a-f-]{11,}/gi, '#')
    .replaceAll(/\d+/g, '0');
  return `${status} ${text}`;
}
