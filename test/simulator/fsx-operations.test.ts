import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  CancelDataRepositoryTaskCommand,
  CreateDataRepositoryTaskCommand,
  DataRepositoryTaskEnded,
  DataRepositoryTaskExecuting,
  DataRepositoryTaskNotFound,
  DescribeDataRepositoryTasksCommand,
  IncompatibleParameterError,
  paginateDescribeDataRepositoryTasks,
  ServiceLimitExceeded,
  UnsupportedOperation,
  type CreateDataRepositoryTaskCommandInput,
  type DataRepositoryTaskFilter,
  type FSxClient,
} from '@aws-sdk/client-fsx';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { fsxClient } from './fsx-client.js';

const provider = 'aws-fsx';
const EXPORT = {
  Type: 'EXPORT_TO_REPOSITORY',
  FileSystemId: 'fs-0123456789abcdef0',
  Report: { Enabled: false },
} as const satisfies CreateDataRepositoryTaskCommandInput;

describe('simulated FSx', () => {
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
  const create = (input: Partial<CreateDataRepositoryTaskCommandInput> = {}) =>
    fsx.send(new CreateDataRepositoryTaskCommand({ ...EXPORT, ...input }));
  const describeIds = (...TaskIds: string[]) => fsx.send(new DescribeDataRepositoryTasksCommand({ TaskIds }));
  const filterBy = (...Filters: DataRepositoryTaskFilter[]) =>
    fsx.send(new DescribeDataRepositoryTasksCommand({ Filters }));

  async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
    const [task] = await control.seed({ provider, ...request });
    return task!.id;
  }
  async function lifecycle(id: string): Promise<string | undefined> {
    const { DataRepositoryTasks } = await describeIds(id);
    return DataRepositoryTasks?.[0]?.Lifecycle;
  }

  it('lets the stock client create, describe, cancel and describe to CANCELED', async () => {
    const { DataRepositoryTask: created } = await create({ Paths: ['/a'], Tags: [{ Key: 'k', Value: 'v' }] });
    const id = created?.TaskId ?? '';
    assert.match(id, /^task-[0-9a-f]{17}$/);
    assert.equal(created?.Lifecycle, 'PENDING');
    assert.equal(created?.ResourceARN, `arn:aws:fsx:eu-west-1:111122223333:task/${id}`);
    assert.deepEqual(created?.Tags, [{ Key: 'k', Value: 'v' }]);
    assert.ok(Math.abs((created?.CreationTime?.getTime() ?? 0) - Date.now()) < 5_000);

    await control.advanceClock(60_000);
    const executing = (await describeIds(id)).DataRepositoryTasks?.[0];
    assert.equal(executing?.Lifecycle, 'EXECUTING');
    assert.ok(executing?.StartTime instanceof Date);
    assert.equal(executing?.EndTime, undefined);
    assert.deepEqual(executing?.Paths, ['/a']);
    assert.ok((executing?.Status?.SucceededCount ?? 0) > 0);

    const answer = await cancel(id);
    assert.equal(answer.Lifecycle, 'CANCELING');
    assert.equal(answer.TaskId, id);
    assert.match(answer.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(await lifecycle(id), 'CANCELING');

    await control.advanceClock(1_000);
    const canceled = (await describeIds(id)).DataRepositoryTasks?.[0];
    assert.equal(canceled?.Lifecycle, 'CANCELED');
    assert.ok(canceled?.EndTime instanceof Date);
  });

  it('ends tasks by themselves, with why a failed one failed', async () => {
    const [completed, failed] = [
      await seed(),
      await seed({ endsAs: 'failed', details: { failureMessage: 'no bucket' } }),
    ];
    await control.advanceClock(10 * 60_000);
    const [first, second] = (await describeIds(completed, failed)).DataRepositoryTasks ?? [];
    assert.equal(first?.Lifecycle, 'SUCCEEDED');
    assert.equal(first?.Status?.SucceededCount, first?.Status?.TotalCount);
    assert.equal(second?.Lifecycle, 'FAILED');
    assert.equal(second?.FailureDetails?.Message, 'no bucket');
  });

  it('answers the errors of cancel by their modelled names', async () => {
    await assert.rejects(cancel('task-0123456789abcdef0'), DataRepositoryTaskNotFound);
    for (const state of ['canceled', 'completed', 'failed'] as const) {
      const ended = await seed({ state });
      await assert.rejects(cancel(ended), (error) => {
        assert.ok(error instanceof DataRepositoryTaskEnded);
        assert.equal(error.$metadata.httpStatusCode, 400);
        assert.match(error.message, /has already ended/);
        assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
        return true;
      });
    }
    await assert.rejects(cancel(await seed({ onCancel: 'unsupported' })), UnsupportedOperation);
    await assert.rejects(cancel('not-a-task'), { name: 'BadRequest' });
    await control.settings({ provider, switches: { invalidInput: 'ValidationException' } });
    await assert.rejects(cancel('not-a-task'), { name: 'ValidationException' });
    assert.equal((await control.summary()).totals.effects, 0);
  });

  it('plays what a canceled task may do: stick, finish or fail all the same, or be faster than the cancel', async () => {
    const stuck = await seed({ onCancel: 'stuckCanceling' });
    const finishes = await seed({ onCancel: 'finishFirst' });
    const fails = await seed({ onCancel: 'failFirst' });
    for (const id of [stuck, finishes, fails]) assert.equal((await cancel(id)).Lifecycle, 'CANCELING');
    assert.equal(await lifecycle(finishes), 'CANCELING');
    await control.advanceClock(3 * 24 * 60 * 60_000);
    assert.equal(await lifecycle(stuck), 'CANCELING');
    assert.equal(await lifecycle(finishes), 'SUCCEEDED');
    assert.equal(await lifecycle(fails), 'FAILED');

    const faster = await seed({ onCancel: 'alreadyFinished' });
    assert.equal(await lifecycle(faster), 'EXECUTING');
    await assert.rejects(cancel(faster), DataRepositoryTaskEnded);
    assert.equal(await lifecycle(faster), 'SUCCEEDED');
  });

  it('has a switch for the cancel of a CANCELING task', async () => {
    const id = await seed({ state: 'canceling', onCancel: 'stuckCanceling' });
    assert.equal((await cancel(id)).Lifecycle, 'CANCELING');
    await control.settings({ provider, switches: { cancelOfCanceling: 'BadRequest' } });
    await assert.rejects(cancel(id), { name: 'BadRequest' });
    assert.equal((await control.summary()).totals.effects, 0);
  });

  it('has a switch for the cancel of a CANCELED task', async () => {
    const id = await seed({ state: 'canceled' });
    await control.settings({ provider, switches: { cancelOfCanceled: 'accept' } });
    assert.equal((await cancel(id)).Lifecycle, 'CANCELED');
    await control.settings({ provider, switches: { cancelOfCanceled: 'BadRequest' } });
    await assert.rejects(cancel(id), { name: 'BadRequest' });
    await assert.rejects(cancel(await seed({ state: 'completed' })), DataRepositoryTaskEnded);
    assert.equal((await control.summary()).totals.effects, 0);
  });

  it('describes a task that has ended for ever, or for as long as a switch says', async () => {
    const [done, running] = [await seed({ state: 'completed' }), await seed()];
    await control.advanceClock(365 * 24 * 60 * 60_000);
    assert.equal(await lifecycle(done), 'SUCCEEDED');
    const [late, later] = [await seed({ state: 'failed' }), await seed()];
    await control.settings({ provider, switches: { endedKeptMs: 60_000 } });
    await control.advanceClock(59_000);
    assert.equal(await lifecycle(late), 'FAILED');
    await control.advanceClock(1_000);
    for (const id of [done, running, late]) await assert.rejects(describeIds(id), DataRepositoryTaskNotFound);
    await assert.rejects(cancel(late), DataRepositoryTaskNotFound);
    await assert.rejects(describeIds(late, later), DataRepositoryTaskNotFound);
    const { DataRepositoryTasks } = await filterBy();
    assert.deepEqual(
      DataRepositoryTasks?.map(({ TaskId }) => TaskId),
      [later],
    );
    assert.equal((await control.tasks({ id: late }))[0]?.state, 'failed');
  });

  it('has a switch for the order of tasks', async () => {
    const ids = (await control.seed({ provider, count: 3 })).map(({ id }) => id);
    await control.settings({ provider, switches: { listOrder: 'newestFirst' } });
    const idsIn = (page: { DataRepositoryTasks?: { TaskId?: string | undefined }[] | undefined }) =>
      page.DataRepositoryTasks?.map(({ TaskId }) => TaskId);
    const first = await fsx.send(new DescribeDataRepositoryTasksCommand({ MaxResults: 2 }));
    assert.deepEqual(idsIn(first), [ids[2], ids[1]]);
    const { NextToken } = first;
    assert.deepEqual(idsIn(await fsx.send(new DescribeDataRepositoryTasksCommand({ NextToken }))), [ids[0]]);
    assert.deepEqual(idsIn(await describeIds(...ids)), ids.toReversed());
  });

  it('has a switch for one unknown id among many', async () => {
    const known = await seed();
    const unknown = 'task-0123456789abcdef0';
    await assert.rejects(describeIds(known, unknown), DataRepositoryTaskNotFound);
    await control.settings({ provider, switches: { unknownIdInBatch: 'omit' } });
    const { DataRepositoryTasks } = await describeIds(known, unknown);
    assert.deepEqual(
      DataRepositoryTasks?.map((task) => task.TaskId),
      [known],
    );
    await assert.rejects(describeIds(unknown), DataRepositoryTaskNotFound);
  });

  it('answers fifty ids at once and no more', async () => {
    const ids = (await control.seed({ provider, count: 51 })).map((task) => task.id);
    const { DataRepositoryTasks, NextToken } = await describeIds(...ids.slice(0, 50));
    assert.deepEqual(
      DataRepositoryTasks?.map((task) => task.TaskId),
      ids.slice(0, 50),
    );
    assert.equal(NextToken, undefined);
    await assert.rejects(describeIds(...ids), { name: 'BadRequest' });
  });

  it('pages through all tasks, each once, at most fifty a page', async () => {
    const ids = (await control.seed({ provider, count: 120 })).map((task) => task.id);
    const sizes: number[] = [];
    const seen: (string | undefined)[] = [];
    for await (const page of paginateDescribeDataRepositoryTasks({ client: fsx, pageSize: 100 }, {})) {
      sizes.push(page.DataRepositoryTasks?.length ?? 0);
      seen.push(...(page.DataRepositoryTasks ?? []).map((task) => task.TaskId));
    }
    assert.deepEqual(sizes, [50, 50, 20]);
    assert.deepEqual(seen, ids);

    const first = await fsx.send(new DescribeDataRepositoryTasksCommand({ MaxResults: 7 }));
    assert.equal(first.DataRepositoryTasks?.length, 7);
    const { NextToken } = first;
    const Filters: DataRepositoryTaskFilter[] = [{ Name: 'task-lifecycle', Values: ['EXECUTING'] }];
    await assert.rejects(fsx.send(new DescribeDataRepositoryTasksCommand({ NextToken, Filters })), {
      name: 'BadRequest',
    });
    await assert.rejects(fsx.send(new DescribeDataRepositoryTasksCommand({ NextToken: 'bm9uc2Vuc2U=' })), {
      name: 'BadRequest',
    });
  });

  it('may answer a selective filter with an empty page that is not the last', async () => {
    await control.seed({ provider, count: 6_000 });
    const last = await seed({ state: 'failed' });
    const Filters: DataRepositoryTaskFilter[] = [{ Name: 'task-lifecycle', Values: ['FAILED'] }];
    const first = await filterBy(...Filters);
    assert.deepEqual(first.DataRepositoryTasks, []);
    const found: (string | undefined)[] = [];
    for await (const page of paginateDescribeDataRepositoryTasks({ client: fsx }, { Filters })) {
      found.push(...(page.DataRepositoryTasks ?? []).map((task) => task.TaskId));
    }
    assert.deepEqual(found, [last]);
  });

  it('filters by file system and lifecycle, within the documented limits', async () => {
    const here = await seed({ details: { fileSystemId: 'fs-11111111' } });
    const ended = await seed({ details: { fileSystemId: 'fs-11111111' }, state: 'completed' });
    const there = await seed({ details: { fileSystemId: 'fs-22222222' } });
    const canceling = await seed({
      details: { fileSystemId: 'fs-22222222' },
      state: 'canceling',
      onCancel: 'stuckCanceling',
    });
    const found = async (...filters: DataRepositoryTaskFilter[]) =>
      (await filterBy(...filters)).DataRepositoryTasks?.map((task) => task.TaskId);
    const on = (...Values: string[]) => ({ Name: 'file-system-id', Values }) as const;
    const in_ = (...Values: string[]) => ({ Name: 'task-lifecycle', Values }) as const;

    assert.deepEqual(await found(on('fs-11111111')), [here, ended]);
    assert.deepEqual(await found(on('fs-11111111'), in_('EXECUTING')), [here]);
    assert.deepEqual(await found(on('fs-11111111', 'fs-22222222'), in_('EXECUTING', 'PENDING')), [
      here,
      there,
    ]);
    assert.deepEqual(await found({ Name: 'file-cache-id', Values: ['fc-11111111'] }), []);
    await assert.rejects(filterBy(in_('CANCELING')), { name: 'BadRequest' });
    await control.settings({ provider, switches: { cancelingFilter: 'match' } });
    assert.deepEqual(await found(in_('CANCELING')), [canceling]);
    await assert.rejects(filterBy(in_('RUNNING')), { name: 'BadRequest' });
    await assert.rejects(filterBy(on('a'), on('b'), on('c'), on('d')), { name: 'BadRequest' });
    await assert.rejects(filterBy(on(...Array.from({ length: 21 }, () => 'fs-11111111'))), {
      name: 'BadRequest',
    });
  });

  it('makes one task of one ClientRequestToken', async () => {
    const input = { ClientRequestToken: 'one-token', Paths: ['/a'] };
    const first = await create(input);
    const again = await create(input);
    assert.equal(again.DataRepositoryTask?.TaskId, first.DataRepositoryTask?.TaskId);
    await assert.rejects(create({ ...input, Paths: ['/b'] }), (error) => {
      assert.ok(error instanceof IncompatibleParameterError);
      assert.equal(error.Parameter, 'Paths');
      return true;
    });
    const { effects } = await control.summary();
    assert.deepEqual(
      effects.map(({ operation, token, count }) => ({ operation, token, count })),
      [{ operation: 'CreateDataRepositoryTask', token: 'one-token', count: 1 }],
    );
  });

  it('limits the active tasks of a file system when a test says so', async () => {
    await control.settings({ provider, switches: { activeTasksPerFileSystem: 1 } });
    const { DataRepositoryTask } = await create();
    await assert.rejects(create(), DataRepositoryTaskExecuting);
    await create({ FileSystemId: 'fs-22222222' });
    await control.settings({ provider, switches: { atTaskLimit: 'ServiceLimitExceeded' } });
    await assert.rejects(create(), ServiceLimitExceeded);
    await cancel(DataRepositoryTask?.TaskId ?? '');
    await control.advanceClock(1_000);
    await create();
  });

  it('shows states as old as the refresh interval', async () => {
    await control.settings({ provider, refreshMs: 30_000, delays: { cancelingMs: 0 } });
    const id = await seed();
    assert.equal((await cancel(id)).Lifecycle, 'CANCELING');
    assert.equal(await lifecycle(id), 'EXECUTING');
    assert.equal((await control.tasks({ id }))[0]?.state, 'canceled');
    await assert.rejects(cancel(id), DataRepositoryTaskEnded);
    await control.advanceClock(30_000);
    assert.equal(await lifecycle(id), 'CANCELED');
  });

  it('shows a word that nobody knows', async () => {
    const id = await seed({ word: 'HIBERNATING' });
    assert.equal(await lifecycle(id), 'HIBERNATING');
  });

  it('names an operation and a body it cannot make sense of', async () => {
    const headers = { 'x-amz-target': 'AWSSimbaAPIService_v20180301.CancelDataRepositoryTask' };
    const unsigned = await fetch(simulator.endpoint, { method: 'POST', headers, body: '{' });
    assert.deepEqual(
      ((await unsigned.json()) as { __type: string }).__type,
      'MissingAuthenticationTokenException',
    );
    assert.equal((await fetch(simulator.endpoint)).status, 404);
  });
});
