import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { ERROR_KINDS } from '../../providers/alibaba-cpfs/errors.js';
import { cancelSubtask, runningSubtasks } from '../../providers/alibaba-cpfs/subtasks.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { AlibabaClient } from '../../providers/vendors/alibaba/client.js';
import { serveLoopback, type Reply } from './loopback-server.js';

const { signal } = new AbortController();
const taskOf = (taskId: string, dataFlowId = 'df-1') => ({ fileSystemId: 'bmcpfs-1', dataFlowId, taskId });

interface Row {
  readonly DataFlowId: string;
  readonly DataFlowTaskId: string;
  readonly DataFlowSubTaskId: string;
  readonly Status: string;
}
const row = (
  DataFlowSubTaskId: string,
  Status: string,
  DataFlowTaskId = 'task-a',
  DataFlowId = 'df-1',
): Row => ({
  DataFlowId,
  DataFlowTaskId,
  DataFlowSubTaskId,
  Status,
});

type Asked = Readonly<Record<string, string>>;

const listOf = (rows: readonly Row[], more: object = {}): Reply => ({
  body: { RequestId: 'r-1', DataFlowSubTask: { DataFlowSubTask: rows }, ...more },
});
const errorOf = (status: number, Code: string): Reply => ({
  status,
  body: { Code, Message: 'No.', RequestId: 'r-2' },
});
const isByWord = (parameters: Asked) => parameters['Filters.2.Key'] === 'Status';

/** CPFS on this machine, and the client of a connection. It keeps what it was asked. */
async function cpfs(t: TestContext, reply: (parameters: Asked) => Reply) {
  const asked: Asked[] = [];
  const actions: unknown[] = [];
  const { origin } = await serveLoopback(t, ({ query, headers }) => {
    const parameters = Object.fromEntries(new URLSearchParams(query));
    asked.push(parameters);
    actions.push(headers['x-acs-action']);
    return reply(parameters);
  });
  const client = new AlibabaClient({
    endpoint: origin,
    version: '2017-06-26',
    keys: async () => ({ accessKeyId: 'id', accessKeySecret: 'secret' }),
    gate: OPEN_GATE,
    errorKinds: ERROR_KINDS,
  });
  t.after(() => client.close());
  return { client, asked, actions };
}

describe('what runs of a task', () => {
  it('is asked for by its words, and then by none, of each task together', async (t) => {
    const { client, asked, actions } = await cpfs(t, () => listOf([]));
    await runningSubtasks(client, [taskOf('task-a'), taskOf('task-b')], signal);
    const common = {
      FileSystemId: 'bmcpfs-1',
      MaxResults: '100',
      'Filters.1.Key': 'DataFlowTaskIds',
      'Filters.1.Value': 'task-a,task-b',
    };
    const words = { 'Filters.2.Key': 'Status', 'Filters.2.Value': 'CREATED,RUNNING,CANCELING' };
    assert.deepEqual(asked, [{ ...common, ...words }, common]);
    assert.deepEqual(actions, ['DescribeDataFlowSubTasks', 'DescribeDataFlowSubTasks']);
  });

  it('is nothing where the kind of file system has no subtasks, which is not asked', async (t) => {
    const { client, asked } = await cpfs(t, () => listOf([row('sub-1', 'RUNNING')]));
    const tasks = [taskOf('task-a'), taskOf('task-b')].map((task) => ({ ...task, fileSystemId: 'cpfs-1' }));
    const running = await runningSubtasks(client, tasks, signal);
    assert.deepEqual(
      running.map(({ observedAt: _, ...rest }) => rest),
      [
        { count: 0, cancelable: 0, ids: [] },
        { count: 0, cancelable: 0, ids: [] },
      ],
    );
    for (const { observedAt } of running) assert.ok(Math.abs(Date.parse(observedAt) - Date.now()) < 60_000);
    assert.equal(asked.length, 0);
  });

  it('are those that have not ended, first those that may be canceled, and which answer said so', async (t) => {
    const rows = [
      row('sub-1', 'CANCELING'),
      row('sub-2', 'RUNNING'),
      row('sub-3', 'COMPLETE'),
      row('sub-4', 'FAILED'),
      row('sub-5', 'CANCELED'),
      row('sub-6', 'EXPIRED'),
      row('sub-7', 'CREATED'),
      row('sub-8', 'MOONING'),
      row('sub-9', 'constructor'),
    ];
    const { client } = await cpfs(t, () => listOf(rows));
    const [{ observedAt: _, ...running } = assert.fail()] = await runningSubtasks(
      client,
      [taskOf('task-a')],
      signal,
    );
    const ids = ['sub-2', 'sub-7', 'sub-1', 'sub-8', 'sub-9'];
    assert.deepEqual(running, { count: 5, cancelable: 2, ids, requestId: 'r-1' });
  });

  it('is of the task that was asked for, by all of its ids, in the order of the question', async (t) => {
    const { client } = await cpfs(t, () =>
      listOf([
        row('sub-1', 'RUNNING', 'task-b'),
        row('sub-2', 'RUNNING', 'task-a', 'df-2'),
        row('sub-3', 'RUNNING', 'task-aa'),
        row('sub-4', 'RUNNING', 'task-a', 'df-11'),
      ]),
    );
    const tasks = [taskOf('task-a'), taskOf('task-b'), taskOf('task-a', 'df-2')];
    const running = await runningSubtasks(client, tasks, signal);
    assert.deepEqual(
      running.map(({ ids }) => ids),
      [[], ['sub-1'], ['sub-2']],
    );
  });

  it('is counted once where it comes twice, on pages between which it has changed', async (t) => {
    const { client, asked } = await cpfs(t, ({ NextToken }) =>
      NextToken === undefined
        ? listOf([row('sub-1', 'RUNNING'), row('sub-2', 'RUNNING')], { NextToken: 'two' })
        : listOf([row('sub-2', 'CANCELING'), row('sub-1', 'COMPLETE')], { RequestId: 'r-9' }),
    );
    const [{ observedAt: _, ...running } = assert.fail()] = await runningSubtasks(
      client,
      [taskOf('task-a')],
      signal,
    );
    assert.deepEqual(running, { count: 1, cancelable: 0, ids: ['sub-2'], requestId: 'r-9' });
    assert.equal(asked.length, 2);
  });

  it('is told by a hundred ids, and all are counted', async (t) => {
    const rows = Array.from({ length: 150 }, (_, n) => row(`sub-${n}`, n < 120 ? 'CANCELING' : 'RUNNING'));
    const { client } = await cpfs(t, () => listOf(rows));
    const [{ count, cancelable, ids } = assert.fail()] = await runningSubtasks(
      client,
      [taskOf('task-a')],
      signal,
    );
    assert.deepEqual([count, cancelable, ids.length, ids[0], ids[30]], [150, 30, 100, 'sub-120', 'sub-0']);
  });

  it('is looked for among all only of tasks of which nothing was found by its words', async (t) => {
    const { client, asked } = await cpfs(t, (parameters) =>
      listOf(isByWord(parameters) ? [row('sub-1', 'RUNNING')] : [row('sub-2', 'MOONING', 'task-b')]),
    );
    const running = await runningSubtasks(client, [taskOf('task-a'), taskOf('task-b')], signal);
    assert.deepEqual(
      running.map(({ ids }) => ids),
      [['sub-1'], ['sub-2']],
    );
    assert.deepEqual(
      asked.map((parameters) => parameters['Filters.1.Value']),
      ['task-a,task-b', 'task-b'],
    );
  });

  it('is nothing where the vendor says that there is no such task, and is found of the others', async (t) => {
    const { client } = await cpfs(t, (parameters) =>
      parameters['Filters.1.Value']?.includes('task-a') === true
        ? errorOf(404, 'InvalidTaskId.NotFound')
        : listOf([row('sub-1', 'RUNNING', 'task-b')]),
    );
    const running = await runningSubtasks(client, [taskOf('task-a'), taskOf('task-b')], signal);
    assert.deepEqual(
      running.map(({ count }) => count),
      [0, 1],
    );
  });

  it('is not known by an answer that nobody understands, or whose ids are none', async (t) => {
    for (const [id, isKnown] of [
      ['s'.repeat(200), true],
      ['s'.repeat(201), false],
    ] as const) {
      const { client } = await cpfs(t, () => listOf([row(id, 'RUNNING')]));
      const asked = runningSubtasks(client, [taskOf('task-a')], signal);
      if (isKnown) assert.deepEqual((await asked)[0]?.ids, [id]);
      else await assert.rejects(asked, { kind: 'unrecognized', code: 'MalformedAnswer' });
    }
  });

  it('is asked of one file system at a time', async (t) => {
    const { client, asked } = await cpfs(t, () => listOf([]));
    const tasks = [taskOf('task-a'), { ...taskOf('task-b'), fileSystemId: 'bmcpfs-2' }];
    await assert.rejects(runningSubtasks(client, tasks, signal), { code: 'SeveralFileSystems' });
    assert.equal(asked.length, 0);
  });
});

describe('a subtask that is asked to end', () => {
  const subtask = { task: taskOf('task-a'), subtaskId: 'sub-1', clientToken: 'token-1' };

  it('is named with all that it belongs to, under a token, and no rehearsal', async (t) => {
    const { client, asked, actions } = await cpfs(t, () => ({ body: { RequestId: 'r-1' } }));
    assert.deepEqual(await cancelSubtask(client, subtask, signal), { kind: 'accepted', requestId: 'r-1' });
    assert.deepEqual(actions, ['CancelDataFlowSubTask']);
    assert.deepEqual(asked, [
      {
        FileSystemId: 'bmcpfs-1',
        DataFlowId: 'df-1',
        DataFlowTaskId: 'task-a',
        DataFlowSubTaskId: 'sub-1',
        DryRun: 'false',
        ClientToken: 'token-1',
      },
    ]);
  });

  for (const code of [
    'InvalidSubTaskId.NotFound',
    'InvalidStatus.SubTask',
    'OperationDenied.X',
    'InvalidTaskId.NotFound',
  ])
    it(`is refused by ${code}`, async (t) => {
      const { client, asked } = await cpfs(t, () => errorOf(400, code));
      const answer = await cancelSubtask(client, subtask, signal);
      assert.deepEqual([answer.kind, 'code' in answer && answer.code], ['refused', code], inspect(answer));
      assert.equal(asked.length, 1);
    });

  for (const [code, kind] of [
    ['Throttling.User', 'throttled'],
    ['InternalError', 'unavailable'],
    ['Moonphase', 'unrecognized'],
  ] as const)
    it(`is not answered by ${code}`, async (t) => {
      const { client } = await cpfs(t, () => errorOf(400, code));
      await assert.rejects(cancelSubtask(client, subtask, signal), { kind, code });
    });
});
