import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CancelDataRepositoryTaskCommand,
  DescribeDataRepositoryTasksCommand,
  type FSxClient,
} from '@aws-sdk/client-fsx';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { fsxClient } from './fsx-client.js';

const provider = 'aws-fsx';
const CANCEL = 'CancelDataRepositoryTask';
const DESCRIBE = 'DescribeDataRepositoryTasks';

describe("the simulator's control", () => {
  let simulator: RunningSimulator;
  let control: SimulatorControl;
  let fsx: FSxClient;

  before(async () => {
    simulator = await startSimulator();
    control = new SimulatorControl(simulator.endpoint);
    fsx = fsxClient(simulator);
  });
  beforeEach(() => control.reset());
  after(async () => {
    fsx.destroy();
    await simulator.close();
  });

  const cancel = (TaskId: string) => fsx.send(new CancelDataRepositoryTaskCommand({ TaskId }));
  const look = (...TaskIds: string[]) => fsx.send(new DescribeDataRepositoryTasksCommand({ TaskIds }));

  async function raw(method: string, path: string, body?: string): Promise<[number, unknown]> {
    const response = await fetch(`${simulator.endpoint}/_simulator/${path}`, {
      method,
      ...(body !== undefined && { body }),
    });
    return [response.status, await response.json()];
  }

  it('seeds tasks by count or by id, in any state', async () => {
    const many = await control.seed({ provider, count: 3, state: 'waiting' });
    assert.equal(new Set(many.map((task) => task.id)).size, 3);
    assert.deepEqual(many[0]?.ids, { taskId: many[0]?.id });
    const id = 'task-00000000000000001';
    await control.seed({ provider, ids: [id], state: 'canceled' });
    const [task] = await control.tasks({ id });
    assert.deepEqual([task?.state, task?.word, task?.provider], ['canceled', 'CANCELED', provider]);
    assert.equal((await control.tasks()).length, 4);
    assert.deepEqual(
      (await control.tasks({ offset: 1, limit: 2 })).map((each) => each.id),
      many.slice(1).map((each) => each.id),
    );
  });

  it('keeps a journal of every call', async () => {
    const [task] = await control.seed({ provider });
    const id = task!.id;
    const { $metadata } = await cancel(id);
    await assert.rejects(cancel('task-0000000000000000f'));
    await look(id);
    const calls = await control.calls();
    const { aws } = simulator.credentials;
    const common = { provider, client: aws.accessKeyId };
    const told = calls.map(({ at: _at, requestId: _requestId, ...call }) => call);
    assert.deepEqual(told, [
      { ...common, number: 1, operation: CANCEL, status: 200, taskIds: [id], effect: true },
      {
        ...common,
        number: 2,
        operation: CANCEL,
        status: 400,
        taskIds: ['task-0000000000000000f'],
        effect: false,
        errorCode: 'DataRepositoryTaskNotFound',
      },
      { ...common, number: 3, operation: DESCRIBE, status: 200, taskIds: [id], effect: false },
    ]);
    assert.equal(calls[0]?.requestId, $metadata.requestId);
    assert.ok(Math.abs(Date.parse(calls[0]?.at ?? '') - Date.now()) < 5_000);
    assert.deepEqual(
      (await control.calls({ taskId: id })).map((call) => call.number),
      [1, 3],
    );
    assert.deepEqual(
      (await control.calls({ after: 1, limit: 1 })).map((call) => call.number),
      [2],
    );
    assert.deepEqual(
      (await control.calls({ operation: DESCRIBE })).map((call) => call.number),
      [3],
    );
    assert.deepEqual(await control.summary(), {
      totals: { calls: 3, effects: 1 },
      calls: { [provider]: { [CANCEL]: { 200: 1, 400: 1 }, [DESCRIBE]: { 200: 1 } } },
      effects: [{ provider, operation: CANCEL, task: id, count: 1 }],
    });
  });

  it('reads its journal in pages, whole', async () => {
    const [task] = await control.seed({ provider });
    const clients = Array.from({ length: 1_100 }, () => look(task!.id));
    await Promise.all(clients);
    const numbers = (await control.calls()).map((call) => call.number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 1_100 }, (_, index) => index + 1),
    );
  });

  it('enforces a quota per operation, in real time, and lifts it', async () => {
    const [task] = await control.seed({ provider });
    await control.settings({ provider, quotas: { [DESCRIBE]: { perSecond: 0.4, burst: 2 } } });
    const id = task!.id;
    await look(id);
    await look(id);
    await assert.rejects(look(id), { name: 'ThrottlingException' });
    await control.advanceClock(60 * 60_000);
    await assert.rejects(look(id), { name: 'ThrottlingException' });
    await new Promise((resolve) => setTimeout(resolve, 2_600));
    await look(id);
    await control.settings({ provider, quotas: { [DESCRIBE]: null } });
    for (let call = 0; call < 10; call++) await look(id);
  });

  it('changes only the settings that are given, and starts anew with a reset', async () => {
    const before_ = await control.settings();
    const changed = await control.settings({
      provider,
      delays: { cancelingMs: 5 },
      switches: { cancelOfCanceling: 'BadRequest' },
    });
    assert.deepEqual(changed, {
      ...before_[provider],
      delays: { ...before_[provider]?.delays, cancelingMs: 5 },
      switches: { ...before_[provider]?.switches, cancelOfCanceling: 'BadRequest' },
    });
    await control.seed({ provider });
    await control.fault({ kind: 'reset' });
    const { offsetMs } = await control.advanceClock(1_000);
    assert.equal(offsetMs, 1_000);
    assert.equal((await control.advanceClock(500)).offsetMs, 1_500);

    await control.reset();
    assert.deepEqual(await control.settings(), before_);
    assert.deepEqual([await control.tasks(), await control.faults(), await control.calls()], [[], [], []]);
    assert.equal((await control.advanceClock(0)).offsetMs, 0);
  });

  it('refuses what it does not understand in one sentence that names it', async () => {
    const body = (value: unknown) => JSON.stringify(value);
    const refusals: [string, string, string | undefined, number, RegExp][] = [
      [
        'POST',
        'tasks',
        body({ provider: 'gcp' }),
        400,
        /^provider: "gcp" is not simulated; known are aws-fsx/,
      ],
      ['POST', 'tasks', body({ provider, count: 0 }), 400, /^count: /],
      [
        'POST',
        'tasks',
        body({ provider, count: 1, ids: ['task-00000000000000001'] }),
        400,
        /either "count" or "ids"/,
      ],
      ['POST', 'tasks', body({ provider, ids: ['task-1'] }), 400, /^ids\.0: "task-1" must match/],
      [
        'POST',
        'tasks',
        body({ provider, details: { fileSystem: 'x' } }),
        400,
        /^details: Unrecognized key: "fileSystem"/,
      ],
      ['POST', 'tasks', body({ provider, lifecycle: 'EXECUTING' }), 400, /Unrecognized key: "lifecycle"/],
      ['POST', 'faults', body({ kind: 'explode' }), 400, /^kind: /],
      ['POST', 'faults', body({ kind: 'reset', match: { provider: 'gcp' } }), 400, /^provider: "gcp"/],
      [
        'PUT',
        'settings',
        body({ provider, switches: { cancelOfCanceling: 'maybe' } }),
        400,
        /^switches\.cancelOfCanceling: /,
      ],
      [
        'PUT',
        'settings',
        body({ provider, switches: { other: 1 } }),
        400,
        /^switches: Unrecognized key: "other"/,
      ],
      ['POST', 'clock', body({ advanceMs: -1 }), 400, /^advanceMs: /],
      ['POST', 'clock', '{', 400, /^the body must be JSON/],
      ['GET', 'calls?limit=x', undefined, 400, /^limit: /],
      ['GET', 'nothing', undefined, 404, /"GET nothing" is not a control request; known are POST tasks/],
    ];
    for (const [method, path, request, status, error] of refusals) {
      const [actual, answer] = await raw(method, path, request);
      assert.equal(actual, status, path);
      assert.match((answer as { error: string }).error, error);
    }
    assert.deepEqual(await control.tasks(), []);
    await assert.rejects(
      control.seed({ provider: 'gcp' }),
      /The simulator refused POST tasks: provider: "gcp"/,
    );
  });
});

describe('startSimulator', () => {
  it('says which port is taken', async () => {
    const first = await startSimulator();
    const port = Number(new URL(first.endpoint).port);
    await assert.rejects(startSimulator({ port }), new RegExp(`Port ${port} of 127.0.0.1 is taken`));
    await first.close();
    await (await startSimulator({ port })).close();
  });

  it('listens on loopback, returns what a person needs, and closes at once while calls hang', async () => {
    const simulator = await startSimulator();
    assert.match(simulator.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(Object.keys(simulator), ['endpoint', 'credentials', 'close']);
    const { aws, alibaba, huawei } = simulator.credentials;
    assert.deepEqual(
      [aws, alibaba, huawei].map((each) => Object.keys(each)),
      [
        ['accessKeyId', 'secretAccessKey'],
        ['accessKeyId', 'accessKeySecret'],
        ['ak', 'sk', 'projectId', 'domainName', 'userName', 'password'],
      ],
    );
    await new SimulatorControl(simulator.endpoint).fault({ kind: 'hang', times: 'always' });
    const fsx = fsxClient(simulator);
    const hanging = fsx.send(new DescribeDataRepositoryTasksCommand({}));
    const cut = assert.rejects(hanging, { code: 'ECONNRESET' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = performance.now();
    await simulator.close();
    assert.ok(performance.now() - startedAt < 500);
    await cut;
    fsx.destroy();
  });
});
