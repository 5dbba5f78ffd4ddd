import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeldBackError } from '../../activities/held-back-error.js';
import { SharedLooks, type SharedLooksOptions } from '../../activities/shared-looks.js';
import { ProviderError, type TaskIds } from '../../providers/provider.js';

const never = () => new AbortController().signal;
const task = (id: string, system = 'fs-1'): TaskIds => ({ system, id });

/** A vendor whose calls are answered when the test says so. */
function vendor(options: Partial<SharedLooksOptions<string>> = {}) {
  const calls: { ids: string[]; see: (index: number) => void; answer: (error?: Error) => void }[] = [];
  const looks = new SharedLooks<string>({
    batchSize: 10,
    keyOf: ({ system }) => system ?? '',
    callsAtOnce: 2,
    longestWaitMs: 20_000,
    look: (tasks, { onSeen }) =>
      new Promise((resolve, reject) => {
        const ids = tasks.map(({ id }) => id ?? '');
        const answer = (error?: Error) =>
          error === undefined ? resolve(ids.map((id) => `state of ${id}`)) : reject(error);
        const see = (index: number) => onSeen(index, `state of ${ids[index]}`);
        calls.push({ ids, see, answer });
      }),
    ...options,
  });
  const untilCalls = async (count: number) => {
    while (calls.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { looks, calls, untilCalls };
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);

describe('looks that are shared', () => {
  it('are as few calls as the vendor allows, and more wait together while two are under way', async () => {
    const { looks, calls, untilCalls } = vendor();
    const first = ids(20).map((id) => looks.look(task(id), never()));
    await untilCalls(2);
    const later = ids(200).map((id) => looks.look(task(`later-${id}`), never()));
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(calls.length, 2);
    for (let n = 0; n < 22; n++) {
      await untilCalls(n + 1);
      calls[n]!.answer();
    }
    assert.deepEqual(
      await Promise.all(first),
      ids(20).map((id) => `state of ${id}`),
    );
    assert.deepEqual(
      await Promise.all(later),
      ids(200).map((id) => `state of later-${id}`),
    );
    assert.equal(calls.length, 22);
  });

  it('go out alone and at once when nobody else asks', async () => {
    const { looks, calls, untilCalls } = vendor();
    const look = looks.look(task('a'), never());
    await untilCalls(1);
    calls[0]!.answer();
    assert.equal(await look, 'state of a');
  });

  it('look once at a task that is asked for twice, and anew when the look has begun', async () => {
    const { looks, calls, untilCalls } = vendor();
    const twice = [looks.look(task('a'), never()), looks.look({ id: 'a', system: 'fs-1' }, never())];
    await untilCalls(1);
    const after = looks.look(task('a'), never());
    await untilCalls(2);
    for (const { answer } of calls) answer();
    assert.deepEqual(await Promise.all([...twice, after]), Array(3).fill('state of a'));
    assert.deepEqual(
      calls.map((call) => call.ids),
      [['a'], ['a']],
    );
  });

  it('keep apart what one call cannot answer', async () => {
    const { looks, calls, untilCalls } = vendor();
    const both = [looks.look(task('a', 'fs-1'), never()), looks.look(task('b', 'fs-2'), never())];
    await untilCalls(2);
    for (const { answer } of calls) answer();
    await Promise.all(both);
    assert.deepEqual(calls.map((call) => call.ids.join()).sort(), ['a', 'b']);
  });

  it('are repeated one by one when the vendor calls a batch malformed, so that only the poisoned one fails', async () => {
    const poisoned = (kind: 'invalid' | 'unrecognized') =>
      new ProviderError(kind, 'Bad', 'something is wrong');
    for (const kind of ['invalid', 'unrecognized'] as const) {
      const { looks, calls, untilCalls } = vendor();
      const settled = Promise.allSettled(ids(5).map((id) => looks.look(task(id), never())));
      await untilCalls(1);
      calls[0]!.answer(poisoned(kind));
      for (let n = 1; n <= 5; n++) {
        await untilCalls(n + 1);
        calls[n]!.answer(calls[n]!.ids.includes('t3') ? poisoned(kind) : undefined);
      }
      const states = (await settled).map((each) =>
        each.status === 'fulfilled' ? each.value : each.reason.code,
      );
      assert.deepEqual(states, ['state of t0', 'state of t1', 'state of t2', 'Bad', 'state of t4']);
      assert.deepEqual(
        calls.slice(1).map((call) => call.ids.length),
        [1, 1, 1, 1, 1],
      );
    }
  });

  it('all fail when the vendor is away: each would be answered the same', async () => {
    const { looks, calls, untilCalls } = vendor();
    const settled = Promise.allSettled(ids(5).map((id) => looks.look(task(id), never())));
    await untilCalls(1);
    calls[0]!.answer(new ProviderError('unavailable', 'ECONNRESET', 'reset'));
    assert.ok((await settled).every(({ status }) => status === 'rejected'));
    assert.equal(calls.length, 1);
  });

  it('are answered one by one as they are seen, and what was seen counts when the rest fails', async () => {
    const { looks, calls, untilCalls } = vendor();
    const [first, second, ...rest] = ids(5).map((id) => looks.look(task(id), never()));
    const settled = Promise.allSettled(rest);
    await untilCalls(1);
    calls[0]!.see(0);
    calls[0]!.see(1);
    assert.deepEqual(await Promise.all([first, second]), ['state of t0', 'state of t1']);
    calls[0]!.answer(new ProviderError('unavailable', 'ECONNRESET', 'reset'));
    assert.ok((await settled).every(({ status }) => status === 'rejected'));
    assert.equal(calls.length, 1);
  });

  it('repeat no task that was seen when a batch is called malformed', async () => {
    const { looks, calls, untilCalls } = vendor();
    const all = Promise.all(ids(3).map((id) => looks.look(task(id), never())));
    await untilCalls(1);
    calls[0]!.see(1);
    calls[0]!.answer(new ProviderError('invalid', 'Bad', 'something is wrong'));
    for (const n of [1, 2]) {
      await untilCalls(n + 1);
      calls[n]!.answer();
    }
    assert.deepEqual(await all, ['state of t0', 'state of t1', 'state of t2']);
    assert.deepEqual(
      calls.slice(1).map((call) => call.ids),
      [['t0'], ['t2']],
    );
  });

  it('send those that were held back together away for a time of their own', async () => {
    const { looks, calls, untilCalls } = vendor();
    const settled = Promise.all(
      ids(5).map((id) => looks.look(task(id), never()).catch((error: unknown) => error)),
    );
    await untilCalls(1);
    calls[0]!.answer(new HeldBackError('throttled', 'QuotaShare', 'later', 10_000));
    const times = (await settled).map((error) => (error as HeldBackError).retryAfterMs);
    assert.deepEqual(times, [10_000, 12_000, 14_000, 16_000, 18_000]);
  });

  it('have no more calls under way for many keys than for one, and let the keys take turns', async () => {
    const { looks, calls, untilCalls } = vendor();
    const keys = Array.from({ length: 10 }, (_, n) => `fs-${n}`);
    const many = ids(25).map((id) => looks.look(task(id, keys[0]), never()));
    const all = [...many, ...keys.slice(1).map((key) => looks.look(task(key, key), never()))];
    await untilCalls(2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(calls.length, 2);
    for (let n = 0; n < 12; n++) {
      await untilCalls(n + 1);
      calls[n]!.answer();
    }
    await Promise.all(all);
    const sizes = calls.map((call) => call.ids.length);
    assert.deepEqual(sizes, [10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10, 5]);
  });

  it('go on for the others when one that waits leaves', async () => {
    const { looks, calls, untilCalls } = vendor();
    const leave = new AbortController();
    const left = looks.look(task('a'), leave.signal).catch((error: unknown) => error);
    const gone = looks.look(task('b'), leave.signal).catch((error: unknown) => error);
    const stays = looks.look(task('a'), never());
    leave.abort();
    for (const error of [await left, await gone])
      assert.ok(error instanceof ProviderError && error.code === 'AbortError');
    await untilCalls(1);
    assert.deepEqual(calls[0]!.ids, ['a']);
    calls[0]!.answer();
    assert.equal(await stays, 'state of a');
  });

  it('give a batch a signal with which any number of calls may wait, without a warning of a leak', async () => {
    const warnings: Error[] = [];
    const keep = (warning: Error) => void warnings.push(warning);
    process.on('warning', keep);
    const { looks } = vendor({
      look: (tasks, { signal }) => {
        for (let n = 0; n < 50; n++) signal.addEventListener('abort', () => {});
        return Promise.resolve(tasks.map(() => 'seen'));
      },
    });
    assert.equal(await looks.look(task('a'), never()), 'seen');
    await new Promise((resolve) => setTimeout(resolve, 10)); // Warnings come a tick later.
    process.off('warning', keep);
    assert.deepEqual(warnings, []);
  });

  it('are refused at once when too many wait before them, each with a time of its own', async () => {
    const { looks, calls, untilCalls } = vendor({ callsAtOnce: 1, longestWaitMs: 0 });
    const first = looks.look(task('a'), never());
    await untilCalls(1);
    const second = looks.look(task('b'), never());
    calls[0]!.answer();
    await untilCalls(2);
    const busy = ids(10).map((id) => looks.look(task(id), never()));
    const refused = await Promise.all(
      ids(3).map((id) => looks.look(task(`late-${id}`), never()).catch((error: unknown) => error)),
    );
    for (const error of refused) assert.ok(error instanceof HeldBackError && error.code === 'LooksWaiting');
    calls[1]!.answer();
    await untilCalls(3);
    calls[2]!.answer();
    await Promise.all([first, second, ...busy]);
  });

  it('keep nobody for longer than an attempt may take, and go on for others', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { looks, calls } = vendor({ callsAtOnce: 1 });
    const tick = async (ms: number) => {
      t.mock.timers.tick(ms);
      await new Promise((resolve) => setImmediate(resolve));
    };
    const late = looks.look(task('a'), never()).catch((error: unknown) => error);
    await tick(10);
    assert.equal(calls.length, 1);
    const behind = looks.look(task('b'), never()).catch((error: unknown) => error);
    await tick(60_000);
    const newer = looks.look(task('b'), never());
    await tick(10_000);
    for (const error of [await late, await behind]) {
      assert.ok(error instanceof ProviderError && !(error instanceof HeldBackError), String(error));
      assert.deepEqual([error.kind, error.code], ['unavailable', 'OutOfTime']);
      assert.equal(error.message, '70 seconds after it was asked for, the look is not over');
    }
    calls[0]!.answer();
    await tick(10);
    assert.deepEqual(calls[1]!.ids, ['b']);
    calls[1]!.answer();
    assert.equal(await newer, 'state of b');
  });
});
