import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { inBulk } from '../../activities/bulk-calls.js';
import { CallQueue } from '../../activities/call-queue.js';
import { HeldBackError } from '../../activities/held-back-error.js';
import { LeasedPace } from '../../activities/leased-pace.js';
import type { Share } from '../../contract/quota-share.js';
import { ProviderError } from '../../providers/provider.js';

const never = () => new AbortController().signal;
const inMs = (ms: number) => performance.now() + ms;

function limited(quota = { calls: 100, perMs: 1_000 }) {
  const pace = new LeasedPace(quota);
  const queue = new CallQueue('CancelThing', pace, (ahead, retryAfterMs) => {
    const message = `${ahead} calls of CancelThing are ahead of this one`;
    return new HeldBackError('throttled', 'QuotaShare', message, retryAfterMs);
  });
  const renew = (share: Partial<Share>) => {
    const rate = share.callsPerSecond ?? 100;
    const all = {
      callsPerSecond: rate,
      expectedPerSecond: rate,
      burst: 1,
      startWith: 0,
      askAgainInMs: 5_000,
      slowedTo: 1,
    };
    pace.renew({ ...all, validForMs: 60_000, ...share }, performance.now(), performance.now());
    queue.refresh();
  };
  return { queue, pace, renew };
}

describe('the queue of an operation', () => {
  it('lets calls through at the pace of the share, first come first served', async () => {
    const { queue, renew } = limited();
    const order: number[] = [];
    const startedAt = performance.now();
    const turns = Array.from({ length: 20 }, async (_, n) => {
      await queue.turn(never(), inMs(20_000));
      order.push(n);
    });
    assert.equal(order.length, 0, 'without a share nothing goes');
    renew({ callsPerSecond: 100 });
    await Promise.all(turns);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.ok(performance.now() - startedAt >= 190, 'twenty calls at a hundred a second');
    assert.equal(queue.made, 20);
  });

  it('knows the longest time between two calls since it was counted anew twice', async (t) => {
    let nowMs = 1_000_000;
    t.mock.method(performance, 'now', () => nowMs);
    const free = { take: () => true, waitMs: () => 0, throttled: () => {} };
    const queue = new CallQueue('CancelThing', free, () => assert.fail('it is free'));
    const gapAfter = async (passedMs: number) => {
      nowMs += passedMs;
      await queue.turn(never(), Infinity);
      return queue.longestGapMs;
    };
    assert.equal(await gapAfter(0), 0, 'before the first there was none');
    assert.deepEqual([await gapAfter(100), await gapAfter(30)], [100, 100]);
    queue.countAnew();
    assert.deepEqual([queue.longestGapMs, await gapAfter(40), await gapAfter(20)], [100, 100, 100]);
    queue.countAnew();
    assert.deepEqual([queue.longestGapMs, await gapAfter(10), await gapAfter(50)], [40, 40, 50]);
  });

  it('sends away at once who would wait for too long, each with a turn of its own', async () => {
    const { queue, renew } = limited();
    renew({ callsPerSecond: 1 });
    const leave = new AbortController();
    const waiting = Array.from({ length: 10 }, () => queue.turn(leave.signal, inMs(10_500)));
    const refused = await Promise.all(
      Array.from({ length: 30 }, () => queue.turn(never(), inMs(10_500)).catch((error: unknown) => error)),
    );
    for (const error of refused) {
      assert.ok(error instanceof HeldBackError);
      assert.equal(error.message, '10 calls of CancelThing are ahead of this one');
    }
    const times = refused.map((error) => (error as HeldBackError).retryAfterMs);
    // The eleventh turn is in eleven seconds, the fortieth in forty, and each comes back five before.
    const expected = Array.from({ length: 30 }, (_, n) => (n + 7) * 1_000);
    for (const [n, time] of times.entries())
      assert.ok(Math.abs(time - expected[n]!) < 500, `${n}: ${time} ms`);
    leave.abort();
    await Promise.allSettled(waiting);
  });

  it('sends away who would wait for too long since the pace has fallen', async () => {
    const { queue, renew } = limited();
    renew({ callsPerSecond: 10 });
    const turns = Array.from({ length: 30 }, () => queue.turn(never(), inMs(4_000)));
    const settled = Promise.allSettled(turns);
    renew({ callsPerSecond: 1 });
    assert.ok(queue.waiting <= 4, `${queue.waiting} still wait`);
    queue.close();
    const reasons = (await settled).map((each) => each.status === 'rejected' && each.reason);
    assert.ok(reasons.filter((reason) => reason instanceof HeldBackError).length >= 25);
  });

  it('closes the gap when one that waits is aborted, and lets none through for it', async () => {
    const { queue, renew } = limited();
    const leave = new AbortController();
    const left = queue.turn(leave.signal, inMs(20_000)).catch((error: unknown) => error);
    const stays = queue.turn(never(), inMs(20_000));
    leave.abort();
    const error = await left;
    assert.ok(error instanceof ProviderError && error.code === 'AbortError');
    assert.equal(queue.waiting, 1);
    renew({ callsPerSecond: 100 });
    await stays;
    assert.equal(queue.made, 1);
  });

  it('lets nothing through for as long as the vendor said when it throttled', async () => {
    const { queue, pace, renew } = limited();
    renew({ callsPerSecond: 1_000 });
    pace.throttled(300, performance.now());
    const startedAt = performance.now();
    await queue.turn(never(), inMs(20_000));
    assert.ok(performance.now() - startedAt >= 299);
  });

  it('tells a time to come back when it has given its share back, too', async () => {
    const { queue, renew } = limited({ calls: 1, perMs: 1_000 });
    renew({ callsPerSecond: 0, expectedPerSecond: 0, burst: 0 });
    const error = await queue.turn(never(), inMs(500)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError && Number.isFinite(error.retryAfterMs), String(error));
  });

  it('lets nothing through once the share has ended', async () => {
    const { queue, renew } = limited({ calls: 100, perMs: 1_000 });
    renew({ callsPerSecond: 1_000, burst: 50, startWith: 50, validForMs: 0 });
    const error = await queue.turn(never(), inMs(50)).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof HeldBackError);
    assert.equal(queue.made, 0);
  });

  it('tells how many wait, how many will be wanted, and how many were made since when', async () => {
    const { queue, renew } = limited();
    const singles = [queue.turn(never(), inMs(20_000))];
    const bulk = Array.from({ length: 2 }, () => queue.turn(inBulk(never()), inMs(20_000)));
    // A campaign's call is followed by ten.
    assert.deepEqual([queue.waiting, queue.wanted, queue.made, queue.madeAtMs], [3, 21, 0, -Infinity]);
    const beforeMs = performance.now();
    renew({ burst: 3, startWith: 3 });
    await Promise.all([...singles, ...bulk]);
    assert.deepEqual([queue.waiting, queue.wanted, queue.made], [0, 0, 3]);
    assert.ok(queue.madeAtMs >= beforeMs && queue.madeAtMs <= performance.now());
    queue.countAnew();
    assert.equal(queue.made, 0);
  });

  it('makes no call that was given up, or whose time is over, even where one may be made', async () => {
    const { queue, renew } = limited();
    renew({ burst: 1, startWith: 1 });
    const givenUp = {
      kind: 'unavailable',
      code: 'AbortError',
      message: 'CancelThing was given up before it was made',
    };
    await assert.rejects(queue.turn(AbortSignal.abort(), inMs(20_000)), givenUp);
    await assert.rejects(queue.turn(never(), inMs(-1)), HeldBackError);
    assert.equal(queue.made, 0);
    await queue.turn(never(), inMs(20_000));
    const waiting = queue.turn(never(), inMs(20_000));
    queue.close();
    await assert.rejects(waiting, givenUp);
    assert.deepEqual([queue.waiting, queue.made], [0, 1]);
  });

  it('lets nobody overtake those that wait', async () => {
    const { queue, pace } = limited();
    const order: string[] = [];
    const first = queue.turn(never(), inMs(20_000)).then(() => order.push('first'));
    // The share has come, and the queue has not heard of it yet.
    const share = { callsPerSecond: 100, expectedPerSecond: 100, burst: 1, startWith: 1, slowedTo: 1 };
    pace.renew({ ...share, validForMs: 60_000, askAgainInMs: 5_000 }, performance.now(), performance.now());
    const second = queue.turn(never(), inMs(20_000)).then(() => order.push('second'));
    queue.refresh();
    await Promise.all([first, second]);
    assert.deepEqual(order, ['first', 'second']);
  });

  it('leaves nothing behind on the signal of one that had its turn, or was sent away', async () => {
    const { queue, renew } = limited();
    const [made, sentAway] = [never(), never()];
    const turns = [queue.turn(made, inMs(20_000)), queue.turn(sentAway, inMs(1_000))];
    assert.equal(getEventListeners(made, 'abort').length, 1);
    renew({ callsPerSecond: 0.1, startWith: 1 });
    const [first, second] = await Promise.allSettled(turns);
    assert.deepEqual([first?.status, second?.status], ['fulfilled', 'rejected']);
    for (const signal of [made, sentAway]) assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });
});
