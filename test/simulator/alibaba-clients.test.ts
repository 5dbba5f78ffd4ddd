import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import nas from '@alicloud/nas20170626';
import core, { $OpenApiUtil } from '@alicloud/openapi-core';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';

// Both packages are CommonJS: their default import is the module, and the client is the module's `default`.
type OpenApi = InstanceType<typeof core.default>;
type RuntimeOptions = Parameters<OpenApi['callApi']>[2];

/** The client's own default is three seconds, after which it reports a call that was delivered as a failure to connect. */
const PATIENCE_MS = 60_000;
/** The name the clients have for HMAC-SHA1; without it they sign ACS3-HMAC-SHA256. */
const LEGACY = { signatureAlgorithm: 'v2' } as const;
const CPFS = 'alibaba-cpfs';
const DOMAIN = 'alibaba-domain';
const FLOW = { fileSystemId: 'bmcpfs-290w65p03ok64ya1', dataFlowId: 'df-194433a5be31ab12' };

let simulator: RunningSimulator;
let control: SimulatorControl;

before(async () => {
  simulator = await startSimulator();
  control = new SimulatorControl(simulator.endpoint);
});
beforeEach(async () => {
  await control.reset();
  // States change when a test lets time pass, however slow the machine is.
  const delays = { waitingMs: PATIENCE_MS / 2, cancelingMs: PATIENCE_MS / 2 };
  for (const provider of [CPFS, DOMAIN]) await control.settings({ provider, delays });
});
after(() => simulator.close());

interface Changes {
  readonly accessKeySecret?: string;
  readonly securityToken?: string;
  readonly accessKeyId?: string;
  readonly signatureAlgorithm?: 'v2';
}

function config(changes: Changes = {}): $OpenApiUtil.Config {
  return new $OpenApiUtil.Config({
    ...simulator.credentials.alibaba,
    endpoint: new URL(simulator.endpoint).host,
    protocol: 'http',
    regionId: 'cn-hangzhou',
    readTimeout: PATIENCE_MS,
    connectTimeout: PATIENCE_MS,
    ...changes,
  });
}

describe("Alibaba's NAS client against simulated CPFS", () => {
  const client = (changes?: Changes) => new nas.default(config(changes));

  async function seed(details: Record<string, unknown> = {}): Promise<string> {
    const [task] = await control.seed({ provider: CPFS, details: { ...FLOW, ...details } });
    return task!.id;
  }
  const cancel = (taskId: string, { dryRun, ...changes }: Changes & { readonly dryRun?: boolean } = {}) =>
    client(changes).cancelDataFlowTask(
      new nas.CancelDataFlowTaskRequest({
        ...FLOW,
        taskId,
        clientToken: `token-of-${taskId}`,
        ...(dryRun !== undefined && { dryRun }),
      }),
    );
  async function status(taskId: string): Promise<string | undefined> {
    const filters = [new nas.DescribeDataFlowTasksRequestFilters({ key: 'TaskIds', value: taskId })];
    const { body } = await client().describeDataFlowTasks(
      new nas.DescribeDataFlowTasksRequest({ fileSystemId: FLOW.fileSystemId, filters }),
    );
    return body?.taskInfo?.task?.find((task) => task.taskId === taskId)?.status;
  }

  it('creates a task, cancels it and sees it canceled', async () => {
    const { body: flow } = await client().createDataFlow(
      new nas.CreateDataFlowRequest({ fileSystemId: FLOW.fileSystemId, sourceStorage: 'oss://bucket' }),
    );
    const ids = { fileSystemId: FLOW.fileSystemId, dataFlowId: flow?.dataFlowId ?? '' };
    const { body: created } = await client().createDataFlowTask(
      new nas.CreateDataFlowTaskRequest({
        ...ids,
        taskAction: 'Export',
        dataType: 'MetaAndData',
        directory: '/a/',
      }),
    );
    const taskId = created?.taskId ?? '';
    assert.equal(await status(taskId), 'Pending');
    const { body } = await client().cancelDataFlowTask(new nas.CancelDataFlowTaskRequest({ ...ids, taskId }));
    assert.match(body?.requestId ?? '', /^[0-9A-F-]{36}$/);
    assert.equal(await status(taskId), 'Canceling');
    await control.advanceClock(PATIENCE_MS);
    assert.equal(await status(taskId), 'Canceled');
  });

  it('has a cancel rehearsed without an effect', async () => {
    const taskId = await seed();
    assert.equal((await cancel(taskId, { dryRun: true })).statusCode, 200);
    assert.equal(await status(taskId), 'Executing');
  });

  it('is refused while a subtask runs, until that is canceled', async () => {
    const taskId = await seed({ runningSubtasks: 1 });
    await assert.rejects(cancel(taskId), { statusCode: 400, code: 'InvalidStatus.ResourceMismatch' });
    const filters = [
      new nas.DescribeDataFlowSubTasksRequestFilters({ key: 'DataFlowTaskIds', value: taskId }),
    ];
    const { body } = await client().describeDataFlowSubTasks(
      new nas.DescribeDataFlowSubTasksRequest({ fileSystemId: FLOW.fileSystemId, filters }),
    );
    const [subtask] = body?.dataFlowSubTask?.dataFlowSubTask ?? [];
    assert.equal(subtask?.status, 'RUNNING');
    await client().cancelDataFlowSubTask(
      new nas.CancelDataFlowSubTaskRequest({
        ...FLOW,
        dataFlowTaskId: taskId,
        dataFlowSubTaskId: subtask?.dataFlowSubTaskId ?? '',
      }),
    );
    await control.advanceClock(PATIENCE_MS);
    await cancel(taskId);
    assert.equal(await status(taskId), 'Canceling');
  });

  it('may sign either way, also with temporary keys', async () => {
    const { alibaba, alibabaTemporary } = simulator.credentials;
    for (const keys of [alibaba, alibabaTemporary]) {
      assert.equal((await cancel(await seed(), keys)).statusCode, 200);
      assert.equal((await cancel(await seed(), { ...keys, ...LEGACY })).statusCode, 200);
    }
    assert.equal((await control.summary()).totals.effects, 4);
  });

  it('is told of throttling, and how long it lasts', async () => {
    const taskId = await seed();
    await control.fault({ kind: 'throttle', retryAfterMs: 700 });
    await assert.rejects(cancel(taskId), {
      name: 'ThrottlingError',
      code: 'Throttling.User',
      retryAfter: 700,
    });
  });

  it('is refused with a bad secret', async () => {
    const taskId = await seed();
    for (const way of [{}, LEGACY]) {
      const wrong = cancel(taskId, { accessKeySecret: 'wrong', ...way });
      await assert.rejects(wrong, { statusCode: 400, code: 'SignatureDoesNotMatch' });
    }
    assert.equal((await control.summary()).totals.effects, 0);
  });
});

/** There is no generated Domain client on npm: this is the call that all generated clients make. */
describe("Alibaba's generic client against simulated Domain", () => {
  async function call(action: string, query: Record<string, string>, changes?: Changes) {
    const params = new $OpenApiUtil.Params({
      action,
      version: '2018-01-29',
      protocol: 'HTTPS',
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const request = new $OpenApiUtil.OpenApiRequest({ query });
    const answer = await new core.default(config(changes)).callApi(params, request, {} as RuntimeOptions);
    return answer['body'] as Record<string, unknown>;
  }
  async function seed(): Promise<string> {
    const [task] = await control.seed({ provider: DOMAIN });
    return task!.id;
  }

  for (const [way, changes] of Object.entries({ 'ACS3-HMAC-SHA256': {}, 'HMAC-SHA1': LEGACY })) {
    it(`cancels a task and sees it canceled, signing ${way}`, async () => {
      const TaskNo = await seed();
      const answer = await call('CancelTask', { TaskNo, Lang: "it's (a) test*!" }, changes);
      assert.match(String(answer['RequestId']), /^[0-9A-F-]{36}$/);
      await control.advanceClock(PATIENCE_MS);
      const { Data } = await call('QueryTaskList', { PageNum: '1', PageSize: '10' }, changes);
      const { TaskInfo } = Data as { TaskInfo: Record<string, unknown>[] };
      assert.deepEqual(
        TaskInfo.map((row) => [row['TaskNo'], row['TaskCancelStatus']]),
        [[TaskNo, 'COMPLETE']],
      );
    });

    it(`is refused with a bad secret, signing ${way}`, async () => {
      const TaskNo = await seed();
      const wrong = call('CancelTask', { TaskNo }, { accessKeySecret: 'wrong', ...changes });
      await assert.rejects(wrong, { statusCode: 400, code: 'SignatureDoesNotMatch' });
      assert.equal((await control.summary()).totals.effects, 0);
    });
  }

  it('is told of an operation that there is not', async () => {
    await assert.rejects(call('AcknowledgeTaskResult', {}), { statusCode: 404, code: 'InvalidApi.NotFound' });
  });
});
