import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Observation } from '../../contract/observation.js';
import { createCpfsAdapter } from '../../providers/alibaba-cpfs/adapter.js';
import { alibabaCpfs } from '../../providers/alibaba-cpfs/index.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ProviderError, type Provider, type TaskIds } from '../../providers/provider.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';

const provider = 'alibaba-cpfs';
const signal = new AbortController().signal;
const FILE_SYSTEM = 'bmcpfs-0123456789abcdef';
const FLOW = 'df-0123456789abcdef';

describe('the CPFS adapter', () => {
  let cloud: RunningSimulator;
  let simulator: SimulatorControl;
  let adapter: Provider;

  const connect = (endpoint: string, more: object = {}) => {
    const { settings, env } = alibabaCpfs.simulatedConnection({ ...cloud, endpoint });
    Object.assign(process.env, env);
    return createCpfsAdapter(alibabaCpfs.settings.parse({ ...settings, ...more }), OPEN_GATE);
  };
  before(async () => {
    cloud = await startSimulator();
    simulator = new SimulatorControl(cloud.endpoint);
    adapter = connect(cloud.endpoint);
  });
  const fresh = async () => {
    await simulator.reset();
    const quotas = { DescribeDataFlowTasks: null, CancelDataFlowTask: null };
    await simulator.settings({ provider, quotas, delays: { waitingMs: 60_000, cancelingMs: 60_000 } });
  };
  beforeEach(fresh);
  after(async () => {
    adapter.close();
    await cloud.close();
  });

  const named = (taskId: string): TaskIds => ({ fileSystemId: FILE_SYSTEM, dataFlowId: FLOW, taskId });
  const cancel = (task: TaskIds, clientToken = 't') => adapter.cancel(task, { clientToken, signal });
  const rehearse = (task: TaskIds) => adapter.rehearse?.(task, { signal });
  const running = async (...tasks: TaskIds[]) => (await adapter.subtasks?.running(tasks, { signal })) ?? [];
  const switched = (switches: Record<string, unknown>) => simulator.settings({ provider, switches });
  const seed = async (request: Partial<SeedRequest> = {}): Promise<TaskIds[]> =>
    (await simulator.seed({ provider, ...request })).map(({ ids }) => ids);
  const seedOne = async (request: Partial<SeedRequest> = {}): Promise<TaskIds> => {
    const [task] = await seed(request);
    assert.ok(task);
    return task;
  };
  const states = async (tasks: readonly TaskIds[]) =>
    (await adapter.observe(tasks, { signal })).map((seen) =>
      seen.state === 'ended' ? seen.end : seen.state,
    );
  const calls = async (operation: string) => (await simulator.calls({ operation })).length;
  const effects = async () => (await simulator.summary()).effects;

  it('proves endpoint and credential with one call that needs no file system', async () => {
    assert.match((await adapter.check({ signal })).requestId ?? '', /^[0-9A-F-]{36}$/);
    assert.deepEqual(
      (await simulator.calls()).map(({ operation }) => operation),
      ['DescribeRegions'],
    );
    const credentials = { accessKeyId: { env: 'PATH' }, accessKeySecret: { env: 'PATH' } };
    const stranger = connect(cloud.endpoint, { credentials });
    await assert.rejects(stranger.check({ signal }), isProviderError('unauthenticated'));
    stranger.close();
  });

  it('finds NAS by its region, where no endpoint is set', async () => {
    const elsewhere = connect(cloud.endpoint, { region: 'xx-nowhere-1', endpoint: undefined });
    await assert.rejects(elsewhere.check({ signal }), (thrown: unknown) => {
      assert.ok(thrown instanceof ProviderError);
      assert.equal(thrown.kind, 'unavailable');
      assert.match(thrown.message, /https:\/\/nas\.xx-nowhere-1\.aliyuncs\.com/);
      return true;
    });
    elsewhere.close();
  });

  it('tells every state, in the order of the question, with counts and message and no time of its end', async () => {
    const tasks = [
      await seedOne({ state: 'canceling' }),
      named('task-nowhere'),
      await seedOne({ state: 'failed', details: { failureMessage: 'No space.', files: 7 } }),
      await seedOne({ state: 'completed', details: { files: 7 } }),
      await seedOne({ word: 'Pausing' }),
      await seedOne({ state: 'waiting' }),
      await seedOne({ state: 'canceled' }),
      await seedOne({ state: 'running' }),
    ];
    const expected = [
      'canceling',
      'absent',
      'failed',
      'completed',
      'unknown',
      'active',
      'canceled',
      'active',
    ];
    assert.deepEqual(await states(tasks), expected);
    const [, absent, failed, completed] = await adapter.observe(tasks, { signal });
    assert.equal(absent?.message, `${FILE_SYSTEM} lists no task task-nowhere of ${FLOW}.`);
    assert.deepEqual(
      [failed?.rawState, failed?.message, failed?.progress?.total],
      ['Failed', 'No space.', 7],
    );
    assert.deepEqual(completed?.progress, { total: 7, succeeded: 7 });
    assert.equal(completed !== undefined && 'endedAt' in completed, false);
    assert.match(completed?.requestId ?? '', /^[0-9A-F-]{36}$/);
  });

  for (const [what, expectedCalls, make] of [
    ['10 tasks, by their ids', 1, () => seed({ count: 10 })],
    ['11 tasks', 2, () => seed({ count: 11 })],
    ['30 tasks', 3, () => seed({ count: 30 })],
    ['100 unended tasks of one data flow, as a page of it', 1, () => seed({ count: 100 })],
    ['300 unended tasks of one data flow, as three', 3, () => seed({ count: 300 })],
    [
      '100 tasks of which 8 have ended, those by their ids',
      2,
      async () => [...(await seed({ count: 92 })), ...(await seed({ count: 8, state: 'failed' }))],
    ],
    [
      '100 ended tasks, as a page of them after one tried in vain',
      2,
      () => seed({ count: 100, state: 'completed' }),
    ],
    [
      '100 tasks behind 400 of somebody else: four pages tried in vain',
      14,
      async () => {
        await seed({ count: 400 });
        return seed({ count: 100 });
      },
    ],
    [
      '100 tasks among 50 of somebody else: two pages',
      2,
      async () => {
        await seed({ count: 50 });
        return seed({ count: 100 });
      },
    ],
    [
      '99 tasks of 11 data flows: more than a filter takes',
      10,
      async () => {
        const flows = Array.from({ length: 11 }, (_, n) =>
          seed({ count: 9, details: { dataFlowId: `df-${n}` } }),
        );
        return (await Promise.all(flows)).flat();
      },
    ],
  ] as const) {
    it(`looks at ${what}, in so many calls: ${expectedCalls}`, async () => {
      const tasks = await make();
      const seen = await adapter.observe(tasks, { signal });
      assert.equal(await calls('DescribeDataFlowTasks'), expectedCalls);
      const truth = await simulator.tasks();
      const words = new Map(truth.map(({ id, word }) => [id, word]));
      assert.deepEqual(
        seen.map(({ rawState }) => rawState),
        tasks.map(({ taskId }) => words.get(taskId ?? '')),
      );
    });
  }

  it('tells the truth of any mixture of tasks, for half as many calls more than ids alone would cost at the most', async () => {
    const group = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      state: fc.constantFrom('waiting', 'running', 'canceling', 'canceled', 'completed', 'failed'),
      flow: fc.integer({ min: 1, max: 4 }),
      asked: fc.boolean(),
    });
    const mixture = fc.record({
      groups: fc.array(group, { minLength: 1, maxLength: 6 }),
      strangers: fc.integer({ min: 0, max: 12 }),
      lastNextToken: fc.constantFrom('absent', 'empty'),
      listOrder: fc.constantFrom('oldestFirst', 'newestFirst', 'byId'),
    });
    const property = fc.asyncProperty(mixture, async ({ groups, strangers, lastNextToken, listOrder }) => {
      await fresh();
      await switched({ lastNextToken, listOrder });
      const tasks = Array.from({ length: strangers }, (_, n) => named(`task-stranger${n}`));
      for (const { count, state, flow, asked } of groups) {
        const made = await seed({ count, state, details: { dataFlowId: `df-${flow}` } });
        if (asked) tasks.push(...made);
      }
      const batch = tasks.slice(0, adapter.observeBatchSize);
      const words = new Map((await simulator.tasks()).map(({ id, word }) => [id, word]));
      assert.deepEqual(
        (await adapter.observe(batch, { signal })).map(({ rawState }) => rawState),
        batch.map(({ taskId }) => words.get(taskId ?? '') ?? 'not listed'),
      );
      assert.ok((await calls('DescribeDataFlowTasks')) <= Math.ceil(batch.length / 10) * 1.5 + 1);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('tells no untruth of any mixture of tasks, whatever combination of readings is the true one', async () => {
    const group = fc.record({
      count: fc.integer({ min: 1, max: 40 }),
      state: fc.constantFrom('waiting', 'running', 'canceling', 'canceled', 'completed', 'failed'),
      flow: fc.integer({ min: 1, max: 3 }),
    });
    const readings = fc.record({
      unknownTaskInFilter: fc.constantFrom('empty', 'InvalidTaskId.NotFound'),
      unknownDataFlowInFilter: fc.constantFrom('empty', 'InvalidDataFlow.NotFound'),
      severalStatuses: fc.constantFrom('alternatives', 'none', 'InvalidParameter'),
      shortPages: fc.boolean(),
      listOrder: fc.constantFrom('oldestFirst', 'newestFirst', 'byId'),
      endedListedMs: fc.constantFrom('forever', 0),
      emptyList: fc.constantFrom('array', 'object', 'absent', 'null', 'text'),
      errorMsgOfNone: fc.constantFrom('absent', 'empty'),
      lastNextToken: fc.constantFrom('absent', 'empty'),
    });
    const groups = fc.array(group, { minLength: 1, maxLength: 4 });
    const property = fc.asyncProperty(
      groups,
      fc.integer({ min: 0, max: 12 }),
      readings,
      async (made, strangers, how) => {
        await fresh();
        await switched(how);
        const tasks = Array.from({ length: strangers }, (_, n) => named(`task-stranger${n}`));
        await seed({ details: { dataFlowId: FLOW } }); // The file system is there.
        for (const { count, state, flow } of made)
          tasks.push(...(await seed({ count, state, details: { dataFlowId: `df-${flow}` } })));
        const batch = tasks.slice(0, adapter.observeBatchSize);
        const words = new Map((await simulator.tasks()).map(({ id, word }) => [id, word]));
        const hidden = (word: string) =>
          how.endedListedMs === 0 && /^(Canceled|Completed|Failed)$/.test(word);
        const told = new Set<number>();
        const onSeen = (index: number, { state, rawState }: Observation) => {
          told.add(index);
          const word = words.get(batch[index]?.['taskId'] ?? '');
          const isThere = word !== undefined && !hidden(word);
          assert.deepEqual([state === 'absent', isThere && rawState], [!isThere, isThere && word]);
        };
        const looked = adapter.observe(batch, { signal, onSeen });
        // Only of what is not listed, and only where nothing is written otherwise than as a list, the answer may be open.
        await looked.catch(isProviderError('unrecognized', 'MalformedAnswer'));
        for (const [index, { taskId = '' }] of batch.entries()) {
          const word = words.get(taskId);
          const mayBeOpen = how.emptyList !== 'array' && (word === undefined || hidden(word));
          assert.ok(told.has(index) || mayBeOpen, `${taskId} is ${word}, and not told of`);
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('is not taken in by ids of which another is a part', async () => {
    const longer = Array.from({ length: 150 }, (_, n) => `task-abc${n}`);
    await seed({ ids: longer, state: 'completed' });
    await seed({ ids: ['task-abc'] });
    assert.deepEqual(await states([named('task-abc')]), ['active']);
    assert.deepEqual(await states([named('task-ab'), named('task-abc7')]), ['absent', 'completed']);
    const elsewhere = { ...named('task-abc'), dataFlowId: 'df-0123456789' };
    assert.deepEqual(await states([elsewhere]), ['absent']);
  });

  it('comes to the same answers however unknown ids and last pages are answered', async () => {
    const live = await seed({ count: 55 });
    const ended = await seed({ count: 20, state: 'canceled' });
    const strangeFlow = { ...named('task-nowhere'), dataFlowId: 'df-nowhere' };
    const tasks = [named('task-gone1'), ...live, strangeFlow, ...ended, named('task-gone2')];
    const expected = [
      'absent',
      ...live.map(() => 'active'),
      'absent',
      ...ended.map(() => 'canceled'),
      'absent',
    ];
    for (const unknownTaskInFilter of ['empty', 'InvalidTaskId.NotFound']) {
      for (const unknownDataFlowInFilter of ['empty', 'InvalidDataFlow.NotFound']) {
        for (const lastNextToken of ['absent', 'empty']) {
          await switched({ unknownTaskInFilter, unknownDataFlowInFilter, lastNextToken });
          assert.deepEqual(await states(tasks), expected);
        }
      }
    }
  });

  it('tells what it has seen although a later call fails', async () => {
    const live = await seed({ count: 40 });
    const tasks = [named('task-gone'), ...live.slice(0, 20), ...(await seed({ count: 25, state: 'failed' }))];
    await simulator.fault({ kind: 'error', status: 503, afterCalls: 3, times: 'always' });
    const seen: (string | undefined)[] = tasks.map(() => undefined);
    const onSeen = (index: number, { state }: Observation) => void (seen[index] = state);
    await assert.rejects(adapter.observe(tasks, { signal, onSeen }), isProviderError('unavailable'));
    // A page of those that have not ended, and twice ten by their ids.
    assert.deepEqual(seen, [
      'absent',
      ...Array(20).fill('active'),
      ...Array(19).fill('ended'),
      ...Array(6).fill(undefined),
    ]);
  });

  it('does not mix file systems, of which one call answers for one', async () => {
    const other = { ...named('task-1'), fileSystemId: 'cpfs-2' };
    assert.notEqual(adapter.batchKey?.(other), adapter.batchKey?.(named('task-1')));
    await assert.rejects(states([named('task-1'), other]), isProviderError('invalid', 'SeveralFileSystems'));
    assert.deepEqual(await states([other]), ['inaccessible']);
  });

  for (const [name, body, code] of [
    ['goes round in circles', { NextToken: 'again', TaskInfo: { Task: [] } }, 'RepeatedNextToken'],
    ['has no list', { RequestId: 'r' }, 'MalformedAnswer'],
    ['has an error in it', { RequestId: 'r', Success: false, ErrorCode: 'Busy' }, 'MalformedAnswer'],
    ['has a list without tasks', { TaskInfo: {} }, 'MalformedAnswer'],
    [
      'has a task without a state',
      { TaskInfo: { Task: [{ TaskId: 'task-1', DataFlowId: FLOW }] } },
      'MalformedAnswer',
    ],
  ] as const) {
    it(`takes an answer that ${name} for no proof of absence`, async () => {
      const server = createServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const strange = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      try {
        await assert.rejects(
          strange.observe([named('task-1')], { signal }),
          isProviderError('unrecognized', code),
        );
      } finally {
        strange.close();
        server.close();
        server.closeAllConnections();
      }
    });
  }

  for (const kind of ['html', 'malformed', 'reset', 'throttle', 'error'] as const) {
    it(`never reads ${kind} as absence or as an answer`, async () => {
      const task = await seedOne({ details: { runningSubtasks: 1 } });
      const fault = { kind, times: 'always', ...(kind === 'malformed' && { body: 'wrongTypes' }) };
      await simulator.fault(fault as Parameters<SimulatorControl['fault']>[0]);
      const expected = { malformed: 'unrecognized', throttle: 'throttled' }[kind as string] ?? 'unavailable';
      await assert.rejects(states([task]), isProviderError(expected));
      if (kind !== 'malformed') await assert.rejects(cancel(task), isProviderError(expected));
      await assert.rejects(running(task), isProviderError(expected));
    });
  }

  const answers = [
    ['an Executing task', { state: 'running' }, 'cancelOfExecuting'],
    ['a Canceling task', { state: 'canceling' }, 'cancelOfCanceling'],
    ['an ended task', { state: 'completed' }, 'cancelOfEnded'],
  ] as const;
  const kinds = {
    accept: 'accepted',
    'InvalidStatus.ResourceMismatch': 'blocked',
    'InvalidStatus.Unlisted': 'refused',
    'InvalidTaskId.NotFound': 'absent',
  } as const;
  for (const [what, request, name] of answers) {
    it(`knows what to make of every answer to canceling ${what}`, async () => {
      for (const [code, kind] of Object.entries(kinds)) {
        await switched({ [name]: code });
        const task = await seedOne(request);
        const answer = await cancel(task, `${name}-${code}`);
        assert.equal(answer.kind, kind);
        assert.match(answer.requestId ?? '', /^[0-9A-F-]{36}$/);
        if (answer.kind !== 'accepted') assert.equal(answer.code, code);
        if (name !== 'cancelOfExecuting') assert.equal((await rehearse(task))?.kind, kind);
      }
      await switched({ [name]: 'OperationDenied.ConflictOperation' });
      await assert.rejects(
        cancel(await seedOne(request)),
        isProviderError('unavailable', 'OperationDenied.ConflictOperation'),
      );
    });
  }

  it('takes that file system, data flow or operation are not there for a refusal, and that the task is not for absence', async () => {
    const task = await seedOne();
    const kindOf = async (ids: TaskIds) => (await cancel(ids, JSON.stringify(ids).slice(-64))).kind;
    assert.equal(await kindOf({ ...task, fileSystemId: 'cpfs-nowhere' }), 'refused');
    assert.equal(await kindOf({ ...task, dataFlowId: 'df-nowhere' }), 'refused');
    assert.equal(await kindOf(await seedOne({ onCancel: 'unsupported' })), 'refused');
    assert.equal(await kindOf(named('task-nowhere')), 'absent');
    await assert.rejects(
      cancel({ ...task, taskId: 'task-*' }),
      isProviderError('invalid', 'IllegalCharacters'),
    );
    await cancel(task, 'one');
    await assert.rejects(
      cancel(named('task-other'), 'one'),
      isProviderError('invalid', 'IdempotentParameterMismatch'),
    );
  });

  for (const throttledAs of [
    'Throttling.User 400',
    'Throttling.Api 400',
    'Throttling 400',
    'Throttling 429',
    'Throttling 503',
  ]) {
    it(`knows ${throttledAs} for throttling, and obeys its pause`, async () => {
      await switched({ throttledAs });
      await simulator.fault({ kind: 'throttle', retryAfterMs: 700 });
      await assert.rejects(cancel(await seedOne()), (thrown: unknown) => {
        assert.ok(thrown instanceof ProviderError);
        assert.deepEqual([thrown.kind, thrown.context.retryAfterMs], ['throttled', 700]);
        return true;
      });
    });
  }

  for (const [unknownFileSystemInList, told] of [
    ['InvalidFileSystem.NotFound', 'inaccessible'],
    ['empty', 'absent'],
  ] as const) {
    it(`sees tasks of a file system that does not exist as ${told} where its list is ${unknownFileSystemInList}`, async () => {
      await switched({ unknownFileSystemInList });
      const stranger = { ...named('task-38aa8e890f45cd34'), fileSystemId: 'bmcpfs-00000000000000bad' };
      assert.deepEqual(await states([stranger]), [told]);
    });
  }

  for (const lastMinute of ['excluded', 'included'])
    it(`lists no task that is younger than asked for, where the last minute is ${lastMinute}`, async () => {
      await switched({ lastMinute });
      const delays = { waitingMs: 0, runningMs: 60 * 60_000 };
      const old = await seedOne({ delays });
      await simulator.advanceClock(10 * 60_000);
      await seedOne({ delays });
      const { now } = await simulator.advanceClock(0);
      const listed = async (createdBeforeMs: number) =>
        (await adapter.list?.({ fileSystem: FILE_SYSTEM, createdBeforeMs }, { signal }))?.tasks.map(
          ({ task }) => task,
        );
      assert.deepEqual(await listed(Date.parse(now) - 5 * 60_000), [old]);
      // The minute of its making, and the one after: not before a moment within them.
      assert.deepEqual(await listed(Date.parse(now) - 10 * 60_000), []);
    });

  for (const tokenCachesRefusals of [false, true]) {
    const where = tokenCachesRefusals
      ? 'that repeats refusals under their token'
      : 'that decides anew each time';

    it(`rehearses without canceling, and without a mark on the cancel after it, in a cloud ${where}`, async () => {
      await switched({ tokenCachesRefusals });
      const task = await seedOne({ details: { runningSubtasks: 1, subtaskMs: 1_000 } });
      assert.equal((await rehearse(task))?.kind, 'blocked');
      await simulator.advanceClock(2_000);
      assert.equal((await rehearse(task))?.kind, 'accepted');
      assert.equal((await rehearse(task))?.kind, 'accepted');
      assert.deepEqual([await states([task]), await effects()], [['active'], []]);
      const tokens = await simulator.calls({ operation: 'CancelDataFlowTask' });
      assert.deepEqual(
        tokens.map(({ token }) => token),
        [undefined, undefined, undefined],
      );
      assert.equal((await cancel(task)).kind, 'accepted');
      assert.deepEqual(await states([task]), ['canceling']);
    });

    it(`waits out running subtasks and asks under a new token, in a cloud ${where}`, async () => {
      await switched({ tokenCachesRefusals });
      for (const blockedCode of [
        'InvalidStatus.ResourceMismatch 400',
        'InvalidStatus.ResourceMismatch 403',
        'OperationDenied.DependencyViolation 403',
      ]) {
        await switched({ blockedCode });
        const task = await seedOne({ details: { runningSubtasks: 3 } });
        assert.equal((await cancel(task, `${blockedCode} 1`)).kind, 'blocked');
        const [before_] = await running(task);
        assert.deepEqual([before_?.count, before_?.cancelable, before_?.ids.length], [3, 3, 3]);
        for (const id of before_?.ids ?? []) {
          const answer = await adapter.subtasks?.cancel(task, id, { clientToken: id, signal });
          assert.equal(answer?.kind, 'accepted');
        }
        const [canceling] = await running(task);
        assert.deepEqual([canceling?.count, canceling?.cancelable], [3, 0]);
        await simulator.advanceClock(60_000);
        assert.equal((await running(task))[0]?.count, 0);
        assert.equal((await cancel(task, `${blockedCode} 2`)).kind, 'accepted');
        assert.deepEqual(await states([task]), ['canceling']);
      }
    });
  }

  for (const kind of ['reset', 'error', 'html'] as const) {
    it(`cancels once when the answer is lost by ${kind} and asked for again under the same token`, async () => {
      await switched({ cancelOfCanceling: 'InvalidStatus.Unlisted' });
      const task = await seedOne();
      await simulator.fault({ kind, afterEffect: true });
      await assert.rejects(cancel(task, 'same'), isProviderError('unavailable'));
      assert.equal((await cancel(task, 'same')).kind, 'accepted');
      assert.deepEqual(
        (await effects()).map(({ token, count }) => [token, count]),
        [['same', 1]],
      );
    });
  }

  it('counts the subtasks of each task alone, names them, and takes an unknown word for one that runs', async () => {
    const details = { runningSubtasks: 12 };
    const [some, none, unknown, ended] = [
      await seedOne({ ids: ['task-a'], details }),
      await seedOne({ ids: ['task-ab'], details: { action: 'StreamImport' } }),
      await seedOne({ details: { runningSubtasks: 2, subtaskWord: 'PAUSING' } }),
      await seedOne({ details: { runningSubtasks: 2, subtaskWord: 'EXPIRED' } }),
    ];
    const seen = await running(none, some, unknown, ended);
    assert.deepEqual(
      seen.map(({ count, cancelable, ids }) => [count, cancelable, ids.length]),
      [
        [0, 0, 0],
        [12, 12, 12],
        [2, 0, 2],
        [0, 0, 0],
      ],
    );
  });

  it('does not page through thousands of ended subtasks while others run', async () => {
    const task = await seedOne({ details: { runningSubtasks: 1_000, subtaskMs: 1_000 } });
    await simulator.advanceClock(2_000);
    assert.equal((await running(task))[0]?.count, 0);
    assert.equal(
      await calls('DescribeDataFlowSubTasks'),
      4,
      'none runs: a few pages of all are looked through',
    );
    await simulator.reset();
    const busy = await seedOne({ details: { runningSubtasks: 5 } });
    assert.equal((await running(busy))[0]?.count, 5);
    assert.equal(await calls('DescribeDataFlowSubTasks'), 1);
  });

  it('asks nothing about subtasks of a file system that cannot have any', async () => {
    const task = await seedOne({ details: { fileSystemId: 'cpfs-1', dataFlowId: 'df-1' } });
    assert.equal((await running(task))[0]?.count, 0);
    assert.equal(await calls('DescribeDataFlowSubTasks'), 0);
  });

  const cancelSubtask = (task: TaskIds, id: string, clientToken = id) =>
    adapter.subtasks?.cancel(task, id, { clientToken, signal });

  it('takes a subtask that has ended or is not there for a refusal', async () => {
    const task = await seedOne({ details: { runningSubtasks: 1, subtaskMs: 1_000 } });
    const [seen] = await running(task);
    await simulator.advanceClock(2_000);
    assert.equal((await cancelSubtask(task, seen?.ids[0] ?? ''))?.kind, 'refused');
    for (const [cancelOfUnknownSubtask, kind] of [
      ['InvalidSubTaskId.NotFound', 'refused'],
      ['InvalidTaskId.NotFound', 'refused'],
      ['InvalidStatus.ResourceMismatch', 'refused'],
      ['InvalidStatus.Unlisted', 'refused'],
      ['accept', 'accepted'],
    ] as const) {
      await switched({ cancelOfUnknownSubtask });
      const answer = await cancelSubtask(task, 'subTaskId-nowhere', cancelOfUnknownSubtask);
      assert.equal(answer?.kind, kind);
    }
    await switched({ cancelOfUnknownSubtask: 'InvalidParameter' });
    await assert.rejects(
      async () => cancelSubtask(task, 'subTaskId-nowhere'),
      isProviderError('invalid', 'InvalidParameter'),
    );
  });

  for (const unknownTaskInFilter of ['empty', 'InvalidTaskId.NotFound']) {
    it(`tells an end for as long as it is listed, then that the task is absent (${unknownTaskInFilter})`, async () => {
      await switched({ endedListedMs: 300_000, unknownTaskInFilter });
      const details = { runningSubtasks: 1, subtaskMs: 1_000 };
      const tasks = [...(await seed({ count: 40 })), await seedOne({ details })];
      await simulator.advanceClock(1_000);
      for (const task of tasks) assert.equal((await cancel(task, task['taskId'])).kind, 'accepted');
      const all = (state: string) => tasks.map(() => state);
      assert.deepEqual(await states(tasks), all('canceling'));
      await simulator.advanceClock(60_000);
      assert.deepEqual(await states(tasks), all('canceled'));
      await simulator.advanceClock(290_000);
      assert.deepEqual(await states(tasks), all('canceled'));
      await simulator.advanceClock(10_000);
      assert.deepEqual(await states(tasks), all('absent'));
      assert.equal((await running(tasks.at(-1) ?? {}))[0]?.count, 0);
      const live = await seedOne();
      assert.deepEqual(await states([...tasks, live]), [...all('absent'), 'active']);
    });
  }

  for (const emptyList of ['object', 'absent', 'null', 'text']) {
    it(`takes what may be an empty list (${emptyList}) for no proof of absence, and finds by ids what is there`, async () => {
      await switched({ emptyList });
      const ended = await seed({ count: 40, state: 'completed' });
      assert.deepEqual(
        await states(ended),
        ended.map(() => 'completed'),
      );
      const nowhere = Array.from({ length: 10 }, (_, n) => named(`task-nowhere${n}`));
      await assert.rejects(states(nowhere.slice(0, 1)), isProviderError('unrecognized', 'MalformedAnswer'));
      // A list that holds another task is one: who is not in it is absent.
      const [first, ...others] = ended;
      assert.deepEqual(await states([named('task-nowhere'), first ?? {}]), ['absent', 'completed']);

      const asked = [...nowhere, ...others];
      const seen = new Set<number>();
      const onSeen = (index: number, { state }: Observation) => {
        assert.equal(state, 'ended');
        seen.add(index);
      };
      await assert.rejects(
        adapter.observe(asked, { signal, onSeen }),
        isProviderError('unrecognized', 'MalformedAnswer'),
      );
      assert.equal(seen.size, others.length, 'all that are there were told');

      const task = await seedOne({ details: { runningSubtasks: 1, subtaskMs: 1_000 } });
      assert.equal((await running(task))[0]?.count, 1);
      await simulator.advanceClock(2_000);
      assert.equal((await running(task))[0]?.count, 0);
    });
  }

  for (const severalStatuses of ['alternatives', 'none', 'InvalidParameter']) {
    it(`tells every task and what runs of it, however several words of a state are taken (${severalStatuses})`, async () => {
      await switched({ severalStatuses });
      const details = { runningSubtasks: 2 };
      const tasks = [
        ...(await seed({ count: 30, state: 'failed' })),
        ...(await seed({ count: 20, details })),
      ];
      const expected = [...Array<string>(30).fill('failed'), ...Array<string>(20).fill('active')];
      assert.deepEqual(await states(tasks), expected);
      const [last] = await running(tasks.at(-1) ?? {});
      assert.deepEqual([last?.count, last?.cancelable], [2, 2]);
      assert.equal((await running(tasks[0] ?? {}))[0]?.count, 0);
    });
  }

  it('passes over nothing that is more than a refused question', async () => {
    const tasks = await seed({ count: 40, details: { runningSubtasks: 1 } });
    for (const kind of ['throttle', 'error', 'html', 'reset'] as const) {
      await simulator.fault({ kind, times: 'always' });
      const expected = kind === 'throttle' ? 'throttled' : 'unavailable';
      const before_ = (await simulator.calls()).length;
      await assert.rejects(states(tasks), isProviderError(expected));
      await assert.rejects(running(tasks[0] ?? {}), isProviderError(expected));
      assert.equal((await simulator.calls()).length - before_, 2);
      await simulator.clearFaults();
    }
  });

  it('reads on after pages that are short or empty', async () => {
    await switched({ shortPages: true });
    await seed({ count: 250, state: 'completed' });
    const tasks = await seed({ count: 35, details: { runningSubtasks: 3 } });
    await seed({ count: 250 });
    const [one] = tasks;
    assert.deepEqual(await states([one ?? {}, named('task-nowhere')]), ['active', 'absent']);
    assert.equal(await calls('DescribeDataFlowTasks'), 6);
    assert.deepEqual(
      await states(tasks),
      tasks.map(() => 'active'),
    );
    assert.equal((await running(tasks.at(-1) ?? {}))[0]?.count, 3);
  });

  for (const fileSystemId of ['cpfs-1', 'bmcpfs-1']) {
    it(`looks where a parameter that only the other kind of file system has is refused (${fileSystemId})`, async () => {
      await switched({ reportsOfOthers: 'InvalidParameter' });
      assert.deepEqual(await states([await seedOne({ details: { fileSystemId } })]), ['active']);
    });
  }

  it('tells of no message where there is an empty one', async () => {
    await switched({ errorMsgOfNone: 'empty' });
    const [seen] = await adapter.observe([await seedOne()], { signal });
    assert.deepEqual([seen?.state, seen !== undefined && 'message' in seen], ['active', false]);
  });

  it('repeats a cancel under a token that was forgotten, without a second effect or a wrong state', async () => {
    await switched({ clientTokenLifeMs: 60_000, cancelOfCanceling: 'InvalidStatus.Unlisted' });
    const task = await seedOne({ onCancel: 'stuckCanceling' });
    await simulator.fault({ kind: 'reset', afterEffect: true });
    await assert.rejects(cancel(task, 'same'), isProviderError('unavailable'));
    assert.equal((await cancel(task, 'same')).kind, 'accepted');
    await simulator.advanceClock(60_000);
    assert.equal((await cancel(task, 'same')).kind, 'refused');
    assert.deepEqual(await states([task]), ['canceling']);
    assert.deepEqual(
      (await effects()).map(({ token, count }) => [token, count]),
      [['same', 1]],
    );
  });
});

function isProviderError(kind: string, code?: string) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof ProviderError, String(thrown));
    assert.equal(thrown.kind, kind, `${thrown.code}: ${thrown.message}`);
    if (code !== undefined) assert.equal(thrown.code, code);
    return true;
  };
}
