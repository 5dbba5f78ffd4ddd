import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionGate } from '../../activities/connection-gate.js';
import { inBulk } from '../../activities/bulk-calls.js';
import { WaitLimit } from '../../activities/wait-limit.js';
import { createDomainAdapter } from '../../providers/alibaba-domain/adapter.js';
import type { CallGate } from '../../providers/call-gate.js';
import { ProviderError } from '../../providers/provider.js';
import { keptLog } from './kept-log.js';
import { ledgerKeeper } from './ledger-keeper.js';
import { passTimeFast } from './pass-time-fast.js';

const PAGE_MS = 500;

interface Row {
  readonly TaskNo: string;
  readonly TaskStatus: string;
  readonly TaskCancelStatus: string;
}

const ended = { TaskStatus: 'COMPLETE', TaskCancelStatus: 'COMPLETE' };

/** Domain, which takes half a second for a page, behind the gate of a Worker: a hundred tasks a page, from `t0` on. */
function domain(
  t: TestContext,
  { pages, first = {} }: { readonly pages: number; readonly first?: Partial<Row> },
) {
  const real = new ConnectionGate({
    connection: 'prod',
    quotas: { QueryTaskList: null, QueryTaskDetailList: null },
    keeper: ledgerKeeper().keeper,
    holder: 'w1',
    waitLimit: new WaitLimit(20_000),
    logger: keptLog().logger,
    onRefused: () => {},
  });
  let page = 0;
  const gate: CallGate = {
    pass: <T>(operation: string, signal: AbortSignal) =>
      real.pass(operation, signal, async () => {
        await sleep(PAGE_MS);
        const start = 100 * page;
        page += 1;
        const rows = Array.from({ length: 100 }, (_, n): Row => {
          const made = { TaskNo: `t${start + n}`, TaskStatus: 'EXECUTING', TaskCancelStatus: 'INIT' };
          return start + n === 0 ? { ...made, ...first } : made;
        });
        return { body: { TotalItemNum: 100 * pages, Data: { TaskInfo: rows } } } as T;
      }),
  };
  const adapter = createDomainAdapter({ international: false, signature: 'ACS3-HMAC-SHA256' }, gate);
  t.after(async () => {
    adapter.close();
    await real.close();
  });
  const look = (taskNos: readonly string[], hints: object = {}, signal = new AbortController().signal) =>
    adapter.observe(
      taskNos.map((taskNo) => ({ taskNo, ...hints })),
      { signal },
    );
  return { look, pagesRead: () => page };
}

describe('a look of many pages', () => {
  passTimeFast();

  it('goes on for longer than one call may wait for its turn', async (t) => {
    const { look, pagesRead } = domain(t, { pages: 80 });
    const [seen] = await look(['t7999']);
    assert.deepEqual([seen?.state, pagesRead()], ['active', 80]);
  });

  it('says that the list is too long for it, and what would help, when its time is over', async (t) => {
    const { look, pagesRead } = domain(t, { pages: 299 });
    await assert.rejects(look(['t29899']), (thrown: unknown) => {
      assert.ok(thrown instanceof ProviderError);
      assert.deepEqual([thrown.kind, thrown.code], ['unavailable', 'TooManyTasks']);
      assert.match(thrown.message, /after \d+ pages: name the day the task was made, as createdOn\.$/);
      return true;
    });
    assert.ok(pagesRead() >= 85 && pagesRead() <= 91, `${pagesRead()} pages`);
  });

  it('does not advise what was done already', async (t) => {
    const { look } = domain(t, { pages: 299 });
    await assert.rejects(look(['t29899'], { createdOn: '2026-11-21' }), {
      code: 'TooManyTasks',
      message: /after \d+ pages\.$/,
    });
  });

  it('says so also when there is no time left for the details of one that has ended', async (t) => {
    const { look } = domain(t, { pages: 299, first: ended });
    await assert.rejects(look(['t0', 't29899']), { code: 'TooManyTasks' });
  });

  it('has as long as it takes where it is a campaign’s', async (t) => {
    const { look, pagesRead } = domain(t, { pages: 120 });
    const [seen] = await look(['t11999'], {}, inBulk(new AbortController().signal));
    assert.deepEqual([seen?.state, pagesRead()], ['active', 120]);
  });
});
