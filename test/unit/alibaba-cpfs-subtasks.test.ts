import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeldBackError } from '../../activities/held-back-error.js';
import { runningSubtasks } from '../../providers/alibaba-cpfs/subtasks.js';
import { OUT_OF_TIME } from '../../providers/out-of-time.js';
import { ProviderError } from '../../providers/provider.js';
import type { AlibabaClient } from '../../providers/vendors/alibaba/client.js';

const { signal } = new AbortController();
const taskOf = (taskId: string) => ({ fileSystemId: 'bmcpfs-1', dataFlowId: 'df-1', taskId });
const rowsOf = (taskId: string, Status: string, start: number) =>
  Array.from({ length: 100 }, (_, n) => ({
    DataFlowId: 'df-1',
    DataFlowTaskId: taskId,
    DataFlowSubTaskId: `sub-${start + n}`,
    Status,
  }));

type Rows = ReturnType<typeof rowsOf>;

/** A vendor whose lists never end. What answers page by page may throw. */
function vendor(pages: { byWord: (page: number) => Rows; all: (page: number) => Rows }) {
  const asked = { byWord: 0, all: 0 };
  const call = async (_action: string, parameters: Readonly<Record<string, string>>) => {
    const question = Object.values(parameters).includes('Status') ? 'byWord' : 'all';
    asked[question] += 1;
    const page = Number(parameters['NextToken'] ?? 1);
    const rows = pages[question](page);
    const NextToken = rows.length === 0 ? '' : String(page + 1);
    const body = { RequestId: 'r', NextToken, DataFlowSubTask: { DataFlowSubTask: rows } };
    return { body, requestId: 'r' };
  };
  const counts = async (...ids: string[]) => {
    const seen = await runningSubtasks({ call } as unknown as AlibabaClient, ids.map(taskOf), signal);
    return seen.map(({ count }) => count);
  };
  return { counts, asked };
}

const fails = (error: ProviderError) => (): Rows => {
  throw error;
};
const noRows = () => [];

describe('the subtasks of a streaming task that has many', () => {
  it('are known to run of none, however many there are, when a few pages show only such as have ended', async () => {
    const all = (page: number) => rowsOf('task-a', 'COMPLETE', page * 100);
    const { counts, asked } = vendor({ byWord: noRows, all });
    assert.deepEqual(await counts('task-a', 'task-b'), [0, 0]);
    assert.deepEqual(asked, { byWord: 1, all: 3 });
  });

  it('run where their word is not known, on those pages', async () => {
    const all = (page: number) => rowsOf('task-a', page === 2 ? 'PAUSING' : 'COMPLETE', page * 100);
    assert.deepEqual(await vendor({ byWord: noRows, all }).counts('task-a'), [100]);
  });

  for (const [what, error] of [
    ['the quota is used up', new HeldBackError('throttled', 'QuotaShare', 'later', 1_000)],
    ['nobody tells the quota', new HeldBackError('unavailable', 'QuotaUnknown', 'later', 1_000)],
    ['the vendor takes too long over it', new ProviderError('unavailable', 'HTTP 504', 'too long')],
    ['time is over', new ProviderError('unavailable', OUT_OF_TIME, 'over')],
  ] as const) {
    it(`are known to run of none, when ${what} where all are looked through`, async () => {
      assert.deepEqual(await vendor({ byWord: noRows, all: fails(error) }).counts('task-a'), [0]);
    });
  }

  for (const kind of ['unauthenticated', 'denied', 'invalid', 'unrecognized'] as const) {
    it(`are not known where the vendor answers what is ${kind}`, async () => {
      const all = fails(new ProviderError(kind, 'No', 'no'));
      await assert.rejects(vendor({ byWord: noRows, all }).counts('task-a'), { kind });
    });
  }

  it('are counted as far as a look has pages for', async () => {
    const byWord = (page: number) => rowsOf('task-a', 'RUNNING', page * 100);
    const { counts, asked } = vendor({ byWord, all: noRows });
    assert.deepEqual(await counts('task-a'), [10_000]);
    assert.deepEqual(asked, { byWord: 100, all: 0 });
  });

  it('are counted as far as a look has time for', async () => {
    const over = fails(new ProviderError('unavailable', OUT_OF_TIME, 'over'));
    const byWord = (page: number) => (page > 7 ? over() : rowsOf('task-a', 'RUNNING', page * 100));
    assert.deepEqual(await vendor({ byWord, all: over }).counts('task-a'), [700]);
  });

  it('are all looked through where they cannot be asked for by their words', async () => {
    const byWord = fails(new ProviderError('invalid', 'InvalidParameter', 'one word at a time'));
    const all = (page: number) =>
      page > 9 ? [] : rowsOf('task-a', page === 9 ? 'RUNNING' : 'COMPLETE', page * 100);
    const { counts, asked } = vendor({ byWord, all });
    assert.deepEqual(await counts('task-a'), [100]);
    assert.deepEqual(asked, { byWord: 1, all: 10 });
  });

  it('are asked for anew when those that run could not be asked for', async () => {
    const byWord = fails(new HeldBackError('throttled', 'QuotaShare', 'later', 1_000));
    await assert.rejects(vendor({ byWord, all: noRows }).counts('task-a'), { code: 'QuotaShare' });
  });
});
