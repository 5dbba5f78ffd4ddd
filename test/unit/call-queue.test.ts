import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
});
