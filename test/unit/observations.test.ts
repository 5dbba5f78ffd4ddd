import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  taskRows,
  toAbsence,
  toObservation as toCpfsObservation,
} from '../../providers/alibaba-cpfs/to-observation.js';
import type { TaskRow } from '../../providers/alibaba-domain/list-tasks.js';
import { toObservation as toDomainObservation } from '../../providers/alibaba-domain/to-observation.js';
import { ANSWERS } from '../../providers/aws-fsx/answers.js';
import { absence, toObservation as toFsxObservation } from '../../providers/aws-fsx/observation.js';
import { orInaccessible } from '../../providers/or-inaccessible.js';
import { ProviderError } from '../../providers/provider.js';

/** All but the time of the look, which is now. */
function told<Seen extends { readonly observedAt: string }>({ observedAt, ...rest }: Seen) {
  const ageMs = Date.now() - Date.parse(observedAt);
  assert.ok(ageMs >= 0 && ageMs < 60_000, observedAt);
  return rest;
}

describe('what FSx says of a task', () => {
  const END = new Date('2026-01-02T03:04:05.000Z');

  it('is its state, counts and message, and its end only where it has ended', () => {
    const task = {
      Lifecycle: 'FAILED',
      EndTime: END,
      Status: { TotalCount: 3, SucceededCount: 0, FailedCount: 2 },
      FailureDetails: { Message: 'x'.repeat(501) },
    };
    const seen = {
      rawState: 'FAILED',
      requestId: 'r-1',
      message: 'x'.repeat(500),
      progress: { total: 3, succeeded: 0, failed: 2 },
    };
    assert.deepEqual(told(toFsxObservation(task, 'task-1', 'r-1')), {
      ...seen,
      state: 'ended',
      end: 'failed',
      endedAt: '2026-01-02T03:04:05.000Z',
    });
    assert.deepEqual(told(toFsxObservation({ ...task, Lifecycle: 'CANCELING' }, 'task-1', 'r-1')), {
      ...seen,
      rawState: 'CANCELING',
      state: 'canceling',
    });
  });

  it('is no more than it says', () => {
    const observe = (task: object) => told(toFsxObservation(task, 'task-1', undefined));
    assert.deepEqual(observe({ Lifecycle: 'SUCCEEDED' }), {
      state: 'ended',
      end: 'completed',
      rawState: 'SUCCEEDED',
    });
    assert.deepEqual(observe({ Lifecycle: 'PENDING', Status: {}, FailureDetails: {} }), {
      state: 'active',
      rawState: 'PENDING',
    });
    for (const word of ['NAPPING', 'toString', ''])
      assert.deepEqual(observe({ Lifecycle: word, EndTime: END }), { state: 'unknown', rawState: word });
  });

  it('is nothing where one answer shows a task in two states', () => {
    const shown = (...DataRepositoryTasks: object[]) =>
      ANSWERS.DescribeDataRepositoryTasks.parse({ DataRepositoryTasks }).DataRepositoryTasks?.length;
    const running = { TaskId: 'task-1', Lifecycle: 'EXECUTING' };
    assert.equal(shown(running, { ...running, Lifecycle: 'CANCELED' }), undefined);
    assert.equal(shown(running, running, { ...running, TaskId: 'task-2', Lifecycle: 'CANCELED' }), 3);
    // What is missing contradicts nothing.
    assert.equal(shown(running, { TaskId: 'task-1' }, { Lifecycle: 'FAILED' }, { Lifecycle: 'CANCELED' }), 4);
    assert.equal(shown({ TaskId: 'task-1' }, running), 2);
  });

  it('is told of its own words a hundred letters', () =>
    assert.equal(
      toFsxObservation({ Lifecycle: 'X'.repeat(101) }, 'task-1', 'r-1').rawState,
      'X'.repeat(100),
    ));

  it('is an error where its state is missing: that is no absence', () => {
    for (const task of [undefined, {}, { EndTime: END }])
      assert.throws(() => toFsxObservation(task, 'task-1', 'r-1'), {
        kind: 'unrecognized',
        code: 'MissingFromAnswer',
        message: 'FSx answered without the state of task-1.',
        context: { requestId: 'r-1' },
      });
  });

  it('may be that there is none', () => {
    const error = new ProviderError('invalid', 'DataRepositoryTaskNotFound', 'none', { requestId: 'r-1' });
    assert.deepEqual(told(absence(error)), {
      state: 'absent',
      rawState: 'DataRepositoryTaskNotFound',
      requestId: 'r-1',
      message: 'none',
    });
  });

  it('is read member by member: one of another type than documented is missing, and takes no other with it', () => {
    const { DescribeDataRepositoryTasks: answer } = ANSWERS;
    const [first, second] =
      answer.parse({
        DataRepositoryTasks: [
          {
            TaskId: 7,
            Lifecycle: 'FAILED',
            Type: 'T',
            CreationTime: 1_000,
            EndTime: 'soon',
            Status: { TotalCount: '3', FailedCount: 2 },
            FailureDetails: { Message: 'm' },
          },
          'no task',
        ],
        NextToken: 5,
      }).DataRepositoryTasks ?? [];
    assert.deepEqual(JSON.parse(JSON.stringify([first, second])), [
      {
        Lifecycle: 'FAILED',
        Type: 'T',
        CreationTime: '1970-01-01T00:16:40.000Z',
        Status: { FailedCount: 2 },
        FailureDetails: { Message: 'm' },
      },
      {},
    ]);
    assert.deepEqual(answer.parse({ DataRepositoryTasks: 'none', NextToken: 'n' }), {
      DataRepositoryTasks: undefined,
      NextToken: 'n',
    });
    const odd = [{ TaskId: 'a', EndTime: 9e15, Status: 'done', FailureDetails: 'why' }];
    assert.deepEqual(JSON.parse(JSON.stringify(answer.parse({ DataRepositoryTasks: odd }))), {
      DataRepositoryTasks: [{ TaskId: 'a' }],
    });
    assert.deepEqual(ANSWERS.CancelDataRepositoryTask.parse({ Lifecycle: 'CANCELING', TaskId: 'a' }), {
      Lifecycle: 'CANCELING',
    });
  });
});

describe('what CPFS says of a task', () => {
  const row = { TaskId: 'task-1', DataFlowId: 'df-1', Status: 'Executing' };

  it('is read even where what decides nothing is odd, and not where what decides is missing', () => {
    const parse = (task: unknown) => taskRows.safeParse({ TaskInfo: { Task: [task] } });
    const odd = { ...row, TaskAction: 1, ErrorMsg: {}, ProgressStats: { FilesTotal: -1, FilesDone: 2 } };
    assert.deepEqual(parse(odd).data, [
      {
        ...row,
        TaskAction: undefined,
        ErrorMsg: undefined,
        ProgressStats: { FilesTotal: undefined, FilesDone: 2 },
      },
    ]);
    assert.deepEqual(parse({ ...row, ProgressStats: 'half' }).data, [{ ...row, ProgressStats: undefined }]);
    for (const name of ['TaskId', 'DataFlowId', 'Status'])
      assert.equal(parse({ ...row, [name]: undefined }).success, false, name);
    for (const body of [{}, { TaskInfo: {} }, { TaskInfo: { Task: row } }])
      assert.equal(taskRows.safeParse(body).success, false);
  });

  it('is nothing where one answer shows a task in two states', () => {
    const isRead = (...Task: object[]) => taskRows.safeParse({ TaskInfo: { Task } }).success;
    const ended = { ...row, Status: 'Completed' };
    assert.equal(isRead(row, ended), false);
    assert.equal(isRead(row, row, { ...ended, TaskId: 'task-2' }, { ...ended, DataFlowId: 'df-2' }), true);
  });

  it('is told of its own words a hundred letters', () =>
    assert.equal(toCpfsObservation({ ...row, Status: 'X'.repeat(101) }).rawState, 'X'.repeat(100)));

  it('is its state, with a message and counts only where there are any', () => {
    const bare = { state: 'active', rawState: 'Executing' };
    assert.deepEqual(told(toCpfsObservation(row)), bare);
    assert.deepEqual(told(toCpfsObservation({ ...row, ErrorMsg: '', ProgressStats: {} })), bare);
    const half = { ...row, ErrorMsg: 'x'.repeat(501), ProgressStats: { FilesDone: 0 } };
    assert.deepEqual(told(toCpfsObservation(half, 'r-1')), {
      ...bare,
      requestId: 'r-1',
      message: 'x'.repeat(500),
      progress: { succeeded: 0 },
    });
    const { progress } = toCpfsObservation({ ...row, ProgressStats: { FilesTotal: 4 } });
    assert.deepEqual(progress, { total: 4 });
  });

  it('may be that there is none', () =>
    assert.deepEqual(told(toAbsence('InvalidTaskId.NotFound', 'none', 'r-1')), {
      state: 'absent',
      rawState: 'InvalidTaskId.NotFound',
      message: 'none',
      requestId: 'r-1',
    }));
});

describe('what Domain says of a task', () => {
  it('is both words, and a state where they prove one', () => {
    const observe = (words: Partial<TaskRow>, requestId?: string) =>
      told(toDomainObservation({ taskNo: 't', ...words }, requestId));
    assert.deepEqual(observe({ taskStatus: 'COMPLETE', cancelStatus: 'INIT' }, 'r-1'), {
      state: 'ended',
      end: 'completed',
      rawState: 'COMPLETE/INIT',
      requestId: 'r-1',
    });
    assert.deepEqual(observe({ taskStatus: 'COMPLETE' }), { state: 'unknown', rawState: 'COMPLETE/?' });
    assert.deepEqual(observe({ cancelStatus: 'INIT' }), { state: 'unknown', rawState: '?/INIT' });
    const { rawState } = observe({ taskStatus: 'X'.repeat(101), cancelStatus: 'Y'.repeat(101) });
    assert.equal(rawState, `${'X'.repeat(100)}/${'Y'.repeat(100)}`);
  });
});

describe('a look at tasks of what is not there', () => {
  const tasks = [{ id: '1' }, { id: '2' }];
  const error = new ProviderError('denied', 'NoShare', 'none', { requestId: 'r-1' });
  const saysSo = ({ code }: ProviderError) => code === 'NoShare';

  it('is inaccessible for each of them', async () => {
    const looks = await orInaccessible(tasks, saysSo, () => Promise.reject(error));
    assert.deepEqual(looks.map(told), [INACCESSIBLE, INACCESSIBLE]);
  });

  it('is what was seen, or the error where it is another', async () => {
    const seen = [{ state: 'active', rawState: 'A', observedAt: '' }] as const;
    assert.deepEqual(await orInaccessible(tasks, saysSo, () => Promise.resolve([...seen])), seen);
    for (const other of [new ProviderError('denied', 'Other', 'no'), new TypeError('NoShare')])
      await assert.rejects(
        orInaccessible(tasks, saysSo, () => Promise.reject(other)),
        other,
      );
  });

  const INACCESSIBLE = {
    state: 'inaccessible',
    rawState: 'NoShare',
    message: 'NoShare: none',
    requestId: 'r-1',
  };
});
