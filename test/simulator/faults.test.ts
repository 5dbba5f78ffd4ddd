import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CancelDataRepositoryTaskCommand,
  DescribeDataRepositoryTasksCommand,
  InternalServerError,
  type FSxClient,
} from '@aws-sdk/client-fsx';
import { z } from 'zod';
import { answerCall } from '../../simulator/answer-call.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import type { SimulatedCall, SimulatedProvider, WireRequest } from '../../simulator/simulated-provider.js';
import { Simulator } from '../../simulator/simulator.js';
import { fsxClient } from './fsx-client.js';
import { HuaweiClient, SHARE } from './huawei-client.js';

const provider = 'aws-fsx';
const CANCEL = 'CancelDataRepositoryTask';

describe('scripted faults, seen through the AWS SDK', () => {
  let simulator: RunningSimulator;
  let control: SimulatorControl;
  let fsx: FSxClient;
  let id: string;

  before(async () => {
    simulator = await startSimulator();
    control = new SimulatorControl(simulator.endpoint);
    fsx = fsxClient(simulator, { requestHandler: { requestTimeout: 150, throwOnRequestTimeout: true } });
  });
  beforeEach(async () => {
    await control.reset();
    const [task] = await control.seed({ provider });
    id = task!.id;
  });
  after(async () => {
    fsx.destroy();
    await simulator.close();
  });

  const cancel = (TaskId = id) => fsx.send(new CancelDataRepositoryTaskCommand({ TaskId }));
  const look = (...TaskIds: string[]) => fsx.send(new DescribeDataRepositoryTasksCommand({ TaskIds }));
  const state = async () => (await control.tasks({ id }))[0]?.state;

  it('throttle', async () => {
    await control.fault({ kind: 'throttle', retryAfterMs: 1_500 });
    await assert.rejects(
      cancel(),
      (error: Error & { $metadata?: unknown; $response?: { headers: Record<string, string> } }) => {
        assert.equal(error.name, 'ThrottlingException');
        assert.equal(error.$response?.headers['x-amz-retry-after'], '1500');
        assert.equal(error.$response?.headers['retry-after'], '2');
        return true;
      },
    );
    assert.equal(await state(), 'running');
    assert.equal((await cancel()).Lifecycle, 'CANCELING');
  });

  it('error: the vendor at fault', async () => {
    await control.fault({ kind: 'error', times: 2 });
    await assert.rejects(cancel(), InternalServerError);
    await assert.rejects(cancel(), (error: InternalServerError) => error.$metadata.httpStatusCode === 500);
    assert.equal(await state(), 'running');
    await cancel();
  });

  it('error: any code, status and message', async () => {
    await control.fault({ kind: 'error', code: 'AccessDeniedException', message: 'not you' });
    await assert.rejects(cancel(), { name: 'AccessDeniedException', message: 'not you' });
    await control.fault({ kind: 'error', code: 'NobodyKnowsThis', status: 418 });
    await assert.rejects(cancel(), (error: InternalServerError) => {
      assert.equal(error.name, 'NobodyKnowsThis');
      assert.equal(error.$metadata.httpStatusCode, 418);
      return true;
    });
    await control.fault({ kind: 'error', status: 503, afterEffect: true });
    await assert.rejects(cancel(), InternalServerError);
    assert.equal(await state(), 'canceling');
  });

  it('html', async () => {
    await control.fault({ kind: 'html', status: 502 });
    await assert.rejects(cancel(), (error: InternalServerError) => {
      assert.equal(error.name, 'SyntaxError');
      assert.equal(error.$metadata.httpStatusCode, 502);
      return true;
    });
    assert.equal(await state(), 'running');
  });

  it('hang: for ever, before or after the effect', async () => {
    await control.fault({ kind: 'hang' });
    await assert.rejects(cancel(), { name: 'TimeoutError' });
    assert.equal(await state(), 'running');
    await control.fault({ kind: 'hang', afterEffect: true });
    await assert.rejects(cancel(), { name: 'TimeoutError' });
    assert.equal(await state(), 'canceling');
  });

  it('hang: until the connection is reset', async () => {
    await control.fault({ kind: 'hang', ms: 30 });
    await assert.rejects(cancel(), { code: 'ECONNRESET' });
    assert.equal(await state(), 'running');
  });

  it('reset before the effect', async () => {
    await control.fault({ kind: 'reset' });
    await assert.rejects(cancel(), { code: 'ECONNRESET' });
    assert.equal(await state(), 'running');
  });

  it('reset after the effect: the call counts once, however often it is repeated', async () => {
    await control.fault({ kind: 'reset', afterEffect: true });
    await assert.rejects(cancel(), { code: 'ECONNRESET' });
    assert.equal(await state(), 'canceling');
    assert.equal((await cancel()).Lifecycle, 'CANCELING');
    const { effects, calls } = await control.summary();
    assert.deepEqual(effects, [{ provider, operation: CANCEL, task: id, count: 1 }]);
    assert.deepEqual(calls, { [provider]: { [CANCEL]: { none: 1, 200: 1 } } });
  });

  it('malformed bodies', async () => {
    await control.fault({ kind: 'malformed', body: 'truncated' });
    await assert.rejects(look(id), { name: 'SyntaxError' });
    await control.fault({ kind: 'malformed', body: 'wrongTypes' });
    const outcome = await look(id).catch((error: unknown) => error);
    assert.ok(
      outcome instanceof Error ||
        typeof (outcome as { DataRepositoryTasks: { Lifecycle: unknown }[] }).DataRepositoryTasks[0]
          ?.Lifecycle !== 'string',
    );
    await control.fault({ kind: 'malformed', body: 'empty' });
    assert.equal((await look(id)).DataRepositoryTasks, undefined);
    await control.fault({ kind: 'malformed', body: 'truncated' });
    await assert.rejects(cancel(), { name: 'SyntaxError' });
    assert.equal(await state(), 'canceling');
  });

  it('malformed: a body of wrong types that was empty anyhow, as of a Huawei delete', async () => {
    const huawei = { provider: 'huawei-sfs-turbo-data' };
    const [task] = await control.seed(huawei);
    const client = new HuaweiClient(simulator);
    await control.fault({ kind: 'malformed', body: 'wrongTypes' });
    const answer = await client.call('DELETE', `${SHARE}/hpc-cache/task/${task?.id}`);
    client.close();
    assert.deepEqual([answer.status, answer.body], [202, '']);
    const [call] = await control.calls(huawei);
    assert.deepEqual([call?.status, call?.effect, call?.fault], [202, true, 'malformed']);
  });

  it('a failure of the simulator itself after an effect is in the journal', async () => {
    const { request, simulator: failing } = withUnreadableAnswers();
    failing.faults.add({ kind: 'malformed', body: 'wrongTypes' });
    await assert.rejects(answerCall(failing, request), SyntaxError);
    const [call] = failing.journal.after(0);
    assert.deepEqual([call?.status, call?.effect, call?.fault], [500, true, 'malformed']);
    assert.deepEqual(failing.journal.summary().totals, { calls: 1, effects: 1 });
  });

  it('latency: before the effect, or between the effect and the answer', async () => {
    await control.fault({ kind: 'latency', ms: 60 });
    const startedAt = performance.now();
    await look(id);
    assert.ok(performance.now() - startedAt >= 55);
    await control.fault({ kind: 'latency', ms: 500, afterEffect: true });
    await assert.rejects(cancel(), { name: 'TimeoutError' });
    assert.equal(await state(), 'canceling');
    assert.equal((await control.calls({ operation: CANCEL }))[0]?.effect, true);
  });

  it('meets only the calls it names, as often as it says, after as many as it says', async () => {
    const [other] = await control.seed({ provider });
    await control.fault({
      kind: 'error',
      code: 'A',
      times: 2,
      afterCalls: 1,
      match: { provider, operation: CANCEL, taskIds: [id] },
    });
    await look(id);
    await cancel(other!.id);
    await cancel();
    await assert.rejects(cancel(), { name: 'A' });
    await cancel(other!.id);
    await assert.rejects(cancel(), { name: 'A' });
    await cancel();
    const [scripted] = await control.faults();
    assert.deepEqual([scripted?.matched, scripted?.applied], [3, 2]);
  });

  it('meets faults in the order of their script, one a call, and for ever when told so', async () => {
    await control.fault({ kind: 'error', code: 'A' });
    await control.fault({ kind: 'error', code: 'B', times: 'always' });
    for (const name of ['A', 'B', 'B']) await assert.rejects(cancel(), { name });
    await control.clearFaults();
    await cancel();
    assert.deepEqual(
      (await control.calls()).map((call) => call.fault),
      ['error', 'error', 'error', undefined],
    );
  });

  it('finds a task in a batch', async () => {
    const [other] = await control.seed({ provider });
    await control.fault({ kind: 'throttle', match: { taskIds: [id] } });
    await look(other!.id);
    await assert.rejects(look(other!.id, id), { name: 'ThrottlingException' });
  });
});

/** A simulator of a provider whose answers are in no format that a fault knows to change. */
function withUnreadableAnswers(): { request: WireRequest; simulator: Simulator } {
  const error = { status: 503, code: 'Outage', message: 'Out.' };
  const call: SimulatedCall = {
    operation: 'Cancel',
    requestId: 'r',
    taskIds: ['task-1'],
    authenticate: async () => undefined,
    answer: () => ({ status: 200, headers: {}, body: 'done', effect: { task: 'task-1' } }),
    refuse: ({ status }) => ({ status, headers: {}, body: '' }),
  };
  const definition: SimulatedProvider = {
    provider: 'plain-text',
    switches: z.object({}),
    seedDetails: z.object({}),
    idPattern: /./,
    operations: { cancel: 'Cancel', observe: [] },
    throttled: error,
    outage: error,
    start: () => ({
      read: () => call,
      seed: () => assert.fail(),
      find: () => undefined,
      tasks: () => [],
    }),
  };
  const request = { method: 'POST', path: '/', query: '', headers: {}, body: Buffer.alloc(0) };
  return { request, simulator: new Simulator([definition]) };
}
