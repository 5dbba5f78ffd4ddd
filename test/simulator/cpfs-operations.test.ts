import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import Nas from '@alicloud/nas20170626';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { callAlibaba } from './alibaba-call.js';
import { nasClient, type NasClient } from './nas-client.js';

const provider = 'alibaba-cpfs';
const FILE_SYSTEM = 'bmcpfs-0123456789abcdef';
const FLOW = 'df-0123456789abcdef';
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

type Filters = Readonly<Record<string, string>>;

describe('simulated CPFS', () => {
  let simulator: RunningSimulator;
  let control: SimulatorControl;
  let nas: NasClient;

  before(async () => {
    simulator = await startSimulator();
    control = new SimulatorControl(simulator.endpoint);
    nas = nasClient(simulator);
  });
  beforeEach(async () => {
    await control.reset();
    await control.settings({ provider, delays: { waitingMs: 10_000, cancelingMs: 60_000 } });
  });
  after(() => simulator.close());

  const named = (taskId: string) => ({ fileSystemId: FILE_SYSTEM, dataFlowId: FLOW, taskId });
  const cancel = (taskId: string, more: Partial<InstanceType<typeof Nas.CancelDataFlowTaskRequest>> = {}) =>
    nas.cancelDataFlowTask(new Nas.CancelDataFlowTaskRequest({ ...named(taskId), ...more }));
  const filterList = (filters: Filters) => Object.entries(filters).map(([key, value]) => ({ key, value }));
  const list = async (filters: Filters = {}, more: object = {}) => {
    const { body } = await nas.describeDataFlowTasks(
      new Nas.DescribeDataFlowTasksRequest({
        fileSystemId: FILE_SYSTEM,
        filters: filterList(filters),
        ...more,
      }),
    );
    return body!;
  };
  const listSubtasks = async (filters: Filters = {}, more: object = {}) => {
    const { body } = await nas.describeDataFlowSubTasks(
      new Nas.DescribeDataFlowSubTasksRequest({
        fileSystemId: FILE_SYSTEM,
        filters: filterList(filters),
        ...more,
      }),
    );
    return { nextToken: body?.nextToken, subtasks: body?.dataFlowSubTask?.dataFlowSubTask ?? [] };
  };
  const listed = async (filters: Filters) =>
    (await list(filters)).taskInfo!.task!.map(({ taskId }) => taskId);
  const statusOf = async (TaskIds: string) => (await list({ TaskIds })).taskInfo!.task![0]?.status;
  const switched = (switches: Record<string, unknown>) => control.settings({ provider, switches });
  const effects = async () => (await control.summary()).totals.effects;
  async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
    const [task] = await control.seed({ provider, ...request });
    return task!.id;
  }

  it('lets the stock client create, look, cancel and look to Canceled', async () => {
    const flow = await nas.createDataFlow(
      new Nas.CreateDataFlowRequest({ fileSystemId: FILE_SYSTEM, sourceStorage: 'oss://b', throughput: 600 }),
    );
    const dataFlowId = flow.body!.dataFlowId!;
    const flows = await nas.describeDataFlows(
      new Nas.DescribeDataFlowsRequest({
        fileSystemId: FILE_SYSTEM,
        filters: filterList({ DataFlowIds: dataFlowId }),
      }),
    );
    assert.deepEqual(
      flows.body?.dataFlowInfo?.dataFlow?.map((each) => [each.dataFlowId, each.status, each.sourceStorage]),
      [[dataFlowId, 'Running', 'oss://b']],
    );

    const created = await nas.createDataFlowTask(
      new Nas.CreateDataFlowTaskRequest({
        fileSystemId: FILE_SYSTEM,
        dataFlowId,
        taskAction: 'Import',
        directory: '/a/',
        conflictPolicy: 'SKIP_THE_FILE',
        clientToken: 'create-1',
      }),
    );
    const taskId = created.body!.taskId!;
    const look = async () => (await list({ TaskIds: taskId })).taskInfo!.task![0]!;
    const pending = await look();
    assert.deepEqual(
      [pending.taskId, pending.dataFlowId, pending.filesystemId, pending.status, pending.directory],
      [taskId, dataFlowId, FILE_SYSTEM, 'Pending', '/a/'],
    );
    assert.match(pending.createTime!, TIME);
    assert.equal(pending.startTime, undefined);

    await control.advanceClock(70_000);
    const executing = await look();
    assert.equal(executing.status, 'Executing');
    assert.match(executing.startTime!, TIME);
    assert.ok(executing.progressStats!.filesDone! > 0);
    assert.equal(executing.progressStats!.filesTotal, 1_000);
    assert.equal(executing.errorMsg, undefined);

    const { body } = await cancel(taskId, { dataFlowId, clientToken: 'cancel-1' });
    assert.deepEqual(Object.keys(body!), ['requestId']);
    assert.equal((await look()).status, 'Canceling');
    await control.advanceClock(60_000);
    const canceled = await look();
    assert.equal(canceled.status, 'Canceled');
    assert.match(canceled.endTime!, TIME);
    assert.deepEqual(
      (await control.summary()).effects.map(({ operation, task, token }) => [operation, task, token]),
      [
        ['CreateDataFlowTask', taskId, 'create-1'],
        ['CancelDataFlowTask', taskId, 'cancel-1'],
      ],
    );
  });

  it('names the regions', async () => {
    const { body } = await nas.describeRegions(new Nas.DescribeRegionsRequest({ pageSize: 1 }));
    assert.equal(body?.regions?.region?.[0]?.regionEndpoint, 'nas.cn-hangzhou.aliyuncs.com');
  });

  it('changes nothing in a dry run, and says what a cancel would be answered where the switch lets it', async () => {
    const running = await seed();
    const ended = await seed({ state: 'completed' });
    await cancel(running, { dryRun: true });
    await assert.rejects(cancel(ended, { dryRun: true }), refused('InvalidStatus.ResourceMismatch', 400));
    await switched({ dryRunChecksState: false });
    await cancel(ended, { dryRun: true });
    await assert.rejects(
      cancel('task-1234567890abcdef', { dryRun: true }),
      refused('InvalidTaskId.NotFound', 404),
    );
    assert.deepEqual([await statusOf(running), await effects()], ['Executing', 0]);
  });

  it('gives a repeat under its ClientToken the same answer, whatever has become of the task, and no second effect', async () => {
    const [one, other] = [await seed(), await seed()];
    await switched({ cancelOfCanceling: 'InvalidStatus.Unlisted' });
    const first = await cancel(one, { clientToken: 't' });
    const again = await cancel(one, { clientToken: 't' });
    assert.notEqual(first.body?.requestId, again.body?.requestId);
    await assert.rejects(cancel(one, { clientToken: 'u' }), refused('InvalidStatus.Unlisted', 400));
    await assert.rejects(cancel(other, { clientToken: 't' }), refused('IdempotentParameterMismatch', 400));
    assert.deepEqual([await statusOf(other), await effects()], ['Executing', 1]);
  });

  it('takes a dry run for another request than the cancel under the same token', async () => {
    const task = await seed();
    await cancel(task, { clientToken: 't', dryRun: true });
    await assert.rejects(cancel(task, { clientToken: 't' }), refused('IdempotentParameterMismatch', 400));
  });

  it('repeats a refusal under its token only where the switch says so', async () => {
    for (const tokenCachesRefusals of [false, true]) {
      await switched({ tokenCachesRefusals });
      const task = await seed({ details: { runningSubtasks: 1, subtaskMs: 1_000 } });
      const ask = (clientToken: string) => cancel(task, { clientToken });
      const token = `t-${tokenCachesRefusals}`;
      await assert.rejects(ask(token), refused('InvalidStatus.ResourceMismatch', 400));
      await control.advanceClock(2_000);
      if (tokenCachesRefusals)
        await assert.rejects(ask(token), refused('InvalidStatus.ResourceMismatch', 400));
      await ask(tokenCachesRefusals ? `${token}-2` : token);
      assert.equal(await statusOf(task), 'Canceling');
    }
  });

  it('filters by parts of ids, by words and by times, all together', async () => {
    const [short, long] = ['task-abc', 'task-abcdef'];
    await control.seed({ provider, ids: [short, long] });
    await control.seed({
      provider,
      ids: ['task-ended'],
      state: 'completed',
      details: { dataFlowId: 'df-b' },
    });
    await control.seed({ provider, ids: ['task-export'], details: { action: 'Export', dataType: 'Data' } });
    const minute = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 16)}Z`;
    const cases: [Filters, string[]][] = [
      [{ TaskIds: short }, [short, long]],
      [{ TaskIds: long }, [long]],
      [{ TaskIds: 'bcd,ende' }, [long, 'task-ended']],
      [{ TaskIds: 'task-abc', Status: 'Completed' }, []],
      [{ DataFlowIds: 'df-' }, [short, long, 'task-ended', 'task-export']],
      [{ DataFlowIds: 'df-b' }, ['task-ended']],
      [{ Status: 'Completed,Failed' }, ['task-ended']],
      [{ TaskActions: 'Export,Evict' }, ['task-export']],
      [{ DataTypes: 'Data' }, ['task-export']],
      [{ Originator: 'System' }, []],
      [{ CreateTimeEnd: minute(-3_600_000) }, []],
      [{ EndTimeBegin: minute(-3_600_000) }, ['task-ended']],
      [{ StartTimeBegin: minute(-86_400_000), EndTimeEnd: minute(60_000) }, ['task-ended']],
    ];
    for (const [filters, expected] of cases) {
      assert.deepEqual(await listed(filters), expected, JSON.stringify(filters));
    }
    const eleven = Array.from({ length: 11 }, (_, n) => `task-${n}`).join(',');
    for (const wrong of [
      { TaskIds: eleven },
      { Moon: 'full' },
      { CreateTimeEnd: 'yesterday' },
      { Status: '' },
    ]) {
      await assert.rejects(list(wrong), refused('InvalidParameter', 400), JSON.stringify(wrong));
    }
  });

  it('hands out pages of 10 to 100 tasks, by a token that is good for the same question only', async () => {
    await control.seed({ provider, count: 45 });
    const ids: string[] = [];
    let nextToken: string | undefined;
    const sizes: number[] = [];
    do {
      const page = await list({}, { maxResults: 20, ...(nextToken && { nextToken }) });
      sizes.push(page.taskInfo!.task!.length);
      ids.push(...page.taskInfo!.task!.map(({ taskId }) => taskId!));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    assert.deepEqual([sizes, new Set(ids).size], [[20, 20, 5], 45]);

    const first = await list({}, { maxResults: 10 });
    const other = { maxResults: 10, nextToken: first.nextToken };
    await assert.rejects(list({ Status: 'Executing' }, other), refused('InvalidParameter', 400));
    for (const maxResults of [9, 101]) {
      await assert.rejects(list({}, { maxResults }), refused('InvalidParameter', 400));
    }
    await switched({ lastNextToken: 'empty' });
    assert.equal((await list({}, { maxResults: 100 })).nextToken, '');
  });

  for (const [listOrder, expected] of [
    ['oldestFirst', (made: string[]) => made],
    ['newestFirst', (made: string[]) => made.toReversed()],
    ['byId', (made: string[]) => made.toSorted()],
  ] as const) {
    it(`lists tasks, subtasks and data flows ${listOrder} where the switch says so, page after page`, async () => {
      await switched({ listOrder });
      const made = ['k', 'c', 'x', 'a', 'z', 'm', 'b', 'y', 'f', 'd', 'w', 'e'];
      for (const letter of made) {
        const ids = [`task-${letter}`];
        await control.seed({ provider, ids, details: { dataFlowId: `df-${letter}`, runningSubtasks: 2 } });
      }
      const first = await list({}, { maxResults: 10 });
      const second = await list({}, { maxResults: 10, nextToken: first.nextToken });
      const order = expected(made);
      assert.deepEqual(
        [...first.taskInfo!.task!, ...second.taskInfo!.task!].map(({ taskId }) => taskId),
        order.map((letter) => `task-${letter}`),
      );
      const { body } = await nas.describeDataFlows(
        new Nas.DescribeDataFlowsRequest({ fileSystemId: FILE_SYSTEM }),
      );
      assert.deepEqual(
        body?.dataFlowInfo?.dataFlow?.map(({ dataFlowId }) => dataFlowId),
        order.map((letter) => `df-${letter}`),
      );
      const page = await listSubtasks({}, { maxResults: 20 });
      const rest = await listSubtasks({}, { maxResults: 20, nextToken: page.nextToken });
      const subtasks = [...page.subtasks, ...rest.subtasks];
      assert.equal(subtasks.length, 24);
      const places = subtasks.map(({ dataFlowSubTaskId: id, dataFlowTaskId: of }) =>
        listOrder === 'byId' ? id! : String.fromCharCode(order.indexOf(of!.slice(-1)) + 65),
      );
      assert.deepEqual(places, places.toSorted());
    });
  }

  it('lists what has ended for as long as the switch says, and has its cancel answered after that', async () => {
    await switched({ endedListedMs: 300_000 });
    const task = await seed({ details: { runningSubtasks: 1, subtaskMs: 1_000 } });
    const other = await seed();
    await control.advanceClock(1_000);
    await cancel(task);
    await control.advanceClock(60_000);
    assert.equal(await statusOf(task), 'Canceled');
    assert.equal((await listSubtasks()).subtasks.length, 1);
    await control.advanceClock(299_000 - 60_000);
    assert.equal((await listSubtasks()).subtasks.length, 1);
    await control.advanceClock(60_000);
    assert.equal((await listSubtasks()).subtasks.length, 0, 'it ended a minute before its task');
    assert.equal(await statusOf(task), 'Canceled');
    await control.advanceClock(1_000);
    assert.deepEqual([await statusOf(task), await listed({})], [undefined, [other]]);
    assert.deepEqual(await listed({ Status: 'Canceled' }), []);

    await switched({ unknownTaskInFilter: 'InvalidTaskId.NotFound' });
    await assert.rejects(statusOf(task), refused('InvalidTaskId.NotFound', 404));
    await assert.rejects(listSubtasks({ DataFlowTaskIds: task }), refused('InvalidTaskId.NotFound', 404));
    await assert.rejects(cancel(task), refused('InvalidStatus.ResourceMismatch', 400));
    await switched({ endedListedMs: 0 });
    await assert.rejects(statusOf(await seed({ state: 'failed' })), refused('InvalidTaskId.NotFound', 404));
    await switched({ endedListedMs: 'forever' });
    assert.equal(await statusOf(task), 'Canceled');
  });

  it('forgets a ClientToken where the switch says so: a repeat is a new call then', async () => {
    await switched({ clientTokenLifeMs: 600_000, cancelOfCanceling: 'InvalidStatus.Unlisted' });
    const [one, other] = [await seed({ onCancel: 'stuckCanceling' }), await seed()];
    await cancel(one, { clientToken: 't' });
    await control.advanceClock(599_000);
    await cancel(one, { clientToken: 't' });
    await assert.rejects(cancel(other, { clientToken: 't' }), refused('IdempotentParameterMismatch', 400));
    await control.advanceClock(1_000);
    await assert.rejects(cancel(one, { clientToken: 't' }), refused('InvalidStatus.Unlisted', 400));
    const third = await seed();
    await cancel(third, { clientToken: 't' });
    assert.deepEqual([await statusOf(third), await effects()], ['Canceling', 2]);
    await switched({ clientTokenLifeMs: 0 });
    await assert.rejects(cancel(third, { clientToken: 't' }), refused('InvalidStatus.Unlisted', 400));
  });

  it('writes an empty list as the switch says, and one that is not empty always the same', async () => {
    const raw = async (Action: string, Status: string) => {
      const parameters = { FileSystemId: FILE_SYSTEM, 'Filters.1.Key': 'Status', 'Filters.1.Value': Status };
      const { RequestId: _, ...rest } = (await callAlibaba(simulator, '2017-06-26', Action, parameters)).json;
      return rest;
    };
    await seed({ details: { runningSubtasks: 1 } });
    const lists = [
      ['DescribeDataFlowTasks', 'TaskInfo', 'Task', 'Executing'],
      ['DescribeDataFlowSubTasks', 'DataFlowSubTask', 'DataFlowSubTask', 'RUNNING'],
      ['DescribeDataFlows', 'DataFlowInfo', 'DataFlow', 'Running'],
    ] as const;
    for (const [action, outer, inner, word] of lists) {
      for (const [emptyList, expected] of [
        ['array', { [outer]: { [inner]: [] } }],
        ['object', { [outer]: {} }],
        ['absent', {}],
        ['null', { [outer]: null }],
        ['text', { [outer]: '' }],
      ] as const) {
        await switched({ emptyList });
        assert.deepEqual(await raw(action, 'Nothing'), expected);
        assert.equal((await raw(action, word))[outer][inner].length, 1);
      }
    }
  });

  it('takes several words of a state, and WithReports elsewhere, as the switches say', async () => {
    const task = await seed();
    const both = { Status: 'Pending,Executing' };
    assert.deepEqual(await listed(both), [task]);
    await switched({ severalStatuses: 'none' });
    assert.deepEqual([await listed(both), await listed({ Status: 'Executing' })], [[], [task]]);
    assert.deepEqual((await listSubtasks({ Status: 'RUNNING,CREATED' })).subtasks, []);
    await switched({ severalStatuses: 'InvalidParameter' });
    await assert.rejects(list(both), refused('InvalidParameter', 400));
    await assert.rejects(listSubtasks({ Status: 'RUNNING,CREATED' }), refused('InvalidParameter', 400));

    await control.seed({ provider, details: { fileSystemId: 'cpfs-1' } });
    const other = (withReports: boolean) => list({}, { fileSystemId: 'cpfs-1', withReports });
    assert.equal((await other(true)).taskInfo!.task![0]?.reports, undefined);
    await switched({ reportsOfOthers: 'InvalidParameter' });
    await assert.rejects(other(false), refused('InvalidParameter', 400));
    assert.deepEqual((await list({}, { withReports: true })).taskInfo!.task![0]?.reports?.report, []);
  });

  it('counts in a page what a filter looks through where the switch says so', async () => {
    await switched({ shortPages: true });
    await control.seed({ provider, count: 15, state: 'completed' });
    const [wanted] = await control.seed({ provider });
    const filters = { TaskIds: wanted!.id };
    const first = await list(filters, { maxResults: 10 });
    assert.deepEqual([first.taskInfo!.task, first.nextToken !== undefined], [[], true]);
    const second = await list(filters, { maxResults: 10, nextToken: first.nextToken });
    assert.deepEqual([second.taskInfo!.task![0]?.taskId, second.nextToken], [wanted!.id, undefined]);
  });

  it('leaves the ErrorMsg of a task without an error out, or empty', async () => {
    const [running, failing] = [await seed(), await seed({ state: 'failed' })];
    const messages = async () =>
      (await list({ TaskIds: `${running},${failing}` })).taskInfo!.task!.map(({ errorMsg }) => errorMsg);
    assert.deepEqual(await messages(), [undefined, 'The simulated task failed.']);
    await switched({ errorMsgOfNone: 'empty' });
    assert.deepEqual(await messages(), ['', 'The simulated task failed.']);
  });

  it('takes a task with exactly one of its three selections, or a copy of another task', async () => {
    const SrcTaskId = await seed();
    const create = (more: object) =>
      nas.createDataFlowTask(
        new Nas.CreateDataFlowTaskRequest({
          fileSystemId: FILE_SYSTEM,
          dataFlowId: FLOW,
          taskAction: 'Import',
          ...more,
        }),
      );
    const [directory, entryList, transferFileListPath] = ['/a/', '["/a/b"]', '/list/'];
    for (const wrong of [
      {},
      { directory: '' },
      { directory, entryList },
      { directory, transferFileListPath },
      { entryList, transferFileListPath },
      { directory, entryList, transferFileListPath },
      { srcTaskId: SrcTaskId, directory, entryList },
    ])
      await assert.rejects(create(wrong), refused('InvalidParameter', 400), JSON.stringify(wrong));
    assert.equal(await effects(), 0);
    for (const right of [{ directory }, { entryList }, { transferFileListPath }, { srcTaskId: SrcTaskId }])
      assert.match((await create(right)).body?.taskId ?? '', /^task-/);
    assert.equal(await effects(), 4);
  });

  it('answers the cancel of a subtask that is not there as the switch says', async () => {
    const dataFlowTaskId = await seed({ details: { runningSubtasks: 1 } });
    const ask = () =>
      nas.cancelDataFlowSubTask(
        new Nas.CancelDataFlowSubTaskRequest({
          fileSystemId: FILE_SYSTEM,
          dataFlowId: FLOW,
          dataFlowTaskId,
          dataFlowSubTaskId: 'subTaskId-nowhere',
        }),
      );
    await assert.rejects(ask(), refused('InvalidSubTaskId.NotFound', 404));
    for (const [cancelOfUnknownSubtask, status] of [
      ['InvalidTaskId.NotFound', 404],
      ['InvalidStatus.ResourceMismatch', 400],
      ['InvalidStatus.Unlisted', 400],
      ['InvalidParameter', 400],
    ] as const) {
      await switched({ cancelOfUnknownSubtask });
      await assert.rejects(ask(), refused(cancelOfUnknownSubtask, status));
    }
    await switched({ cancelOfUnknownSubtask: 'accept' });
    await ask();
    assert.equal(await effects(), 0);
  });

  it('answers a filter with an id that nothing has as the switches say', async () => {
    const task = await seed();
    const strange = { TaskIds: `${task},task-nowhere` };
    assert.deepEqual(await listed(strange), [task]);
    assert.deepEqual(await listed({ DataFlowIds: 'df-nowhere' }), []);
    await switched({
      unknownTaskInFilter: 'InvalidTaskId.NotFound',
      unknownDataFlowInFilter: 'InvalidDataFlow.NotFound',
    });
    await assert.rejects(list(strange), refused('InvalidTaskId.NotFound', 404));
    await assert.rejects(list({ DataFlowIds: 'df-nowhere' }), refused('InvalidDataFlow.NotFound', 404));
    await assert.rejects(
      listSubtasks({ DataFlowTaskIds: `${task},task-nowhere` }),
      refused('InvalidTaskId.NotFound', 404),
    );
    await assert.rejects(
      listSubtasks({ DataFlowIds: 'df-nowhere' }),
      refused('InvalidDataFlow.NotFound', 404),
    );
    assert.deepEqual((await listSubtasks({ DataFlowTaskIds: task })).subtasks, []);
  });

  it('says what is missing, malformed or not there', async () => {
    const task = await seed();
    await control.seed({ provider, details: { fileSystemId: 'cpfs-2', dataFlowId: 'df-2' } });
    const cases: [Partial<InstanceType<typeof Nas.CancelDataFlowTaskRequest>>, string, number][] = [
      [{ fileSystemId: '' }, 'MissingFileSystemId', 400],
      [{ dataFlowId: '' }, 'MissingDataFlowId', 400],
      [{ taskId: '' }, 'MissingTaskId', 400],
      [{ taskId: 'task-*' }, 'IllegalCharacters', 400],
      [{ clientToken: 'x'.repeat(65) }, 'InvalidParameter', 400],
      [{ clientToken: 'ü' }, 'IllegalCharacters', 400],
      [{ fileSystemId: 'cpfs-nowhere' }, 'InvalidFileSystem.NotFound', 404],
      [{ fileSystemId: 'cpfs-2' }, 'InvalidDataFlow.NotFound', 404],
      [{ dataFlowId: 'df-nowhere' }, 'InvalidDataFlow.NotFound', 404],
      [{ fileSystemId: 'cpfs-2', dataFlowId: 'df-2' }, 'InvalidTaskId.NotFound', 404],
      [{ taskId: 'task-nowhere' }, 'InvalidTaskId.NotFound', 404],
    ];
    for (const [wrong, code, status] of cases) {
      await assert.rejects(cancel(task, wrong), refused(code, status), JSON.stringify(wrong));
    }
    assert.equal(await effects(), 0);
  });

  it('holds each operation to its own documented quota, and throttles as the switch says', async () => {
    await seed();
    const looks = await Promise.allSettled(Array.from({ length: 125 }, () => list()));
    const throttled = looks.filter((look) => look.status === 'rejected');
    assert.equal(throttled.length, 5);
    for (const { reason } of throttled) refused('Throttling.User', 400)(reason);
    await assert.rejects(cancel('task-nowhere'), refused('InvalidTaskId.NotFound', 404));
    for (const throttledAs of ['Throttling.Api 400', 'Throttling 429', 'Throttling 503']) {
      await switched({ throttledAs });
      const [code = '', status] = throttledAs.split(' ');
      await assert.rejects(list(), refused(code, Number(status)));
    }
  });

  for (const [blockedCode, code, status] of [
    ['InvalidStatus.ResourceMismatch 400', 'InvalidStatus.ResourceMismatch', 400],
    ['InvalidStatus.ResourceMismatch 403', 'InvalidStatus.ResourceMismatch', 403],
    ['OperationDenied.DependencyViolation 403', 'OperationDenied.DependencyViolation', 403],
  ] as const) {
    it(`refuses to cancel over running subtasks with ${blockedCode}, until they are canceled`, async () => {
      await switched({ blockedCode });
      const task = await seed({ details: { runningSubtasks: 2 } });
      const ofTask = { fileSystemId: FILE_SYSTEM, dataFlowId: FLOW, dataFlowTaskId: task };
      const created = await nas.createDataFlowSubTask(
        new Nas.CreateDataFlowSubTaskRequest({ ...ofTask, srcFilePath: '/a/b', dstFilePath: '/c/d' }),
      );
      const id = created.body!.dataFlowSubTaskId!;
      await assert.rejects(cancel(task), refused(code, status));
      const { subtasks } = await listSubtasks({ DataFlowTaskIds: task });
      assert.deepEqual(
        subtasks.map((each) => each.status),
        ['RUNNING', 'RUNNING', 'CREATED'],
      );
      const [, , last] = subtasks;
      assert.deepEqual(
        [last?.dataFlowSubTaskId, last?.fileSystemId, last?.dataFlowId, last?.dataFlowTaskId],
        [id, FILE_SYSTEM, FLOW, task],
      );
      assert.deepEqual([last?.srcFilePath, last?.dstFilePath], ['/a/b', '/c/d']);

      for (const { dataFlowSubTaskId } of subtasks) {
        await nas.cancelDataFlowSubTask(
          new Nas.CancelDataFlowSubTaskRequest({ ...ofTask, dataFlowSubTaskId }),
        );
      }
      assert.equal((await listSubtasks({ Status: 'CANCELING' })).subtasks.length, 3);
      await control.advanceClock(60_000);
      assert.equal((await listSubtasks({ Status: 'CANCELED' })).subtasks.length, 3);
      await cancel(task);
      assert.equal(await statusOf(task), 'Canceling');
    });
  }

  it('lets subtasks run out by themselves, counting to 10000', async () => {
    const task = await seed({ details: { runningSubtasks: 1, subtaskMs: 10_000 } });
    await control.advanceClock(5_000);
    const [half] = (await listSubtasks()).subtasks;
    assert.ok(half!.progress! >= 5_000 && half!.progress! < 10_000, String(half!.progress));
    await control.advanceClock(5_000);
    const [whole] = (await listSubtasks()).subtasks;
    assert.deepEqual([whole?.status, whole?.progress], ['COMPLETE', 10_000]);
    await cancel(task);
  });

  it('takes subtasks for streaming tasks that are Executing on CPFS for Lingjun alone, in pages of 20 to 100', async () => {
    const create = (dataFlowTaskId: string, where: object = {}) =>
      nas.createDataFlowSubTask(
        new Nas.CreateDataFlowSubTaskRequest({
          fileSystemId: FILE_SYSTEM,
          dataFlowId: FLOW,
          dataFlowTaskId,
          srcFilePath: '/a',
          dstFilePath: '/b',
          ...where,
        }),
      );
    const batch = await seed();
    const pending = await seed({ state: 'waiting', details: { action: 'StreamExport' } });
    await assert.rejects(create(batch), refused('OperationDenied.DataFlowNotSupported', 403));
    await assert.rejects(create(pending), refused('InvalidStatus.ResourceMismatch', 400));
    await assert.rejects(create(batch, { fileSystemId: 'cpfs-1' }), refused('InvalidParameter', 400));
    await seed({ details: { runningSubtasks: 21 } });
    const first = await listSubtasks({}, { maxResults: 20 });
    assert.equal(first.subtasks.length, 20);
    assert.equal((await listSubtasks({}, { maxResults: 20, nextToken: first.nextToken })).subtasks.length, 1);
    await assert.rejects(listSubtasks({}, { maxResults: 10 }), refused('InvalidParameter', 400));
  });

  it('answers a cancel in the states of which nothing is documented as the switches say', async () => {
    const states = {
      cancelOfExecuting: 'running',
      cancelOfCanceling: 'canceling',
      cancelOfEnded: 'completed',
    } as const;
    for (const [name, state] of Object.entries(states)) {
      const task = await seed({ state });
      for (const code of [
        'InvalidStatus.ResourceMismatch',
        'InvalidStatus.Unlisted',
        'InvalidTaskId.NotFound',
      ]) {
        await switched({ [name]: code });
        await assert.rejects(cancel(task), (thrown: { code?: string }) => thrown.code === code);
      }
      await switched({ [name]: 'accept' });
      await cancel(task);
    }
    assert.equal(await effects(), 1, 'only the one that was Executing changed');
  });

  it('plays tasks that end before the cancel, after it otherwise, or cannot be canceled', async () => {
    await switched({ cancelOfEnded: 'InvalidStatus.Unlisted' });
    const finished = await seed({ onCancel: 'alreadyFinished' });
    await assert.rejects(cancel(finished), refused('InvalidStatus.Unlisted', 400));
    assert.equal(await statusOf(finished), 'Completed');
    await assert.rejects(
      cancel(await seed({ onCancel: 'unsupported' })),
      refused('OperationDenied.DataFlowNotSupported', 403),
    );
    const failing = await seed({ onCancel: 'failFirst', details: { failureMessage: 'No space.' } });
    await cancel(failing);
    await control.advanceClock(60_000);
    const [failed] = (await list({ TaskIds: failing })).taskInfo!.task!;
    assert.deepEqual([failed?.status, failed?.errorMsg], ['Failed', 'No space.']);
    assert.equal(await statusOf(await seed({ word: 'Pausing' })), 'Pausing');
  });
});

function refused(code: string, status: number) {
  return (thrown: unknown): boolean => {
    const error = thrown as { code?: string; statusCode?: number };
    assert.deepEqual([error.code, error.statusCode], [code, status], String(thrown));
    return true;
  };
}
