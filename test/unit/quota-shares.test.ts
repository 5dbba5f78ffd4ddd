import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperationLedger } from '../../workflows/quota-ledger.js';
import { limitsOf, paceOf, recoveredAtMs } from '../../workflows/quota-limits.js';
import { heldBy } from '../../workflows/quota-room.js';
import { askedLedger, QUOTA, T, to3 } from './asked-ledger.js';

/** Of all holders together: a bucket of four, and the rest of the quota as a rate. */
const PER_SECOND = 116.95 / 60;

const ALL = { callsPerSecond: to3(PER_SECOND), expectedPerSecond: to3(PER_SECOND), slowedTo: 1 };
const FIRST = { ...ALL, number: 1, burst: 3, startWith: 3, validForMs: 1_500, askAgainInMs: 750 };

describe('the limits of a quota', () => {
  const cases: [calls: number, burst: number, perWindow: number][] = [
    [1, 1, 0.95],
    [20, 1, 19.5],
    [40, 2, 38.95],
    [60, 3, 57.95],
    [90, 3, 87.75],
    [120, 4, 116.95],
    [1_000, 30, 970.95],
  ];
  for (const [calls, burst, perWindow] of cases)
    it(`of ${calls} calls are a bucket of ${burst} and ${perWindow} a window`, () => {
      const limits = limitsOf({ calls, perMs: 2_000 });
      assert.deepEqual([limits.burst, to3(limits.callsPerMs * 2_000)], [burst, perWindow]);
    });
});

describe('the pace after the vendor has throttled', () => {
  const operation = (more: Partial<OperationLedger> = {}): OperationLedger => ({
    quota: QUOTA,
    slowedTo: 0.5,
    slowedAtMs: T,
    heldUntilMs: T,
    pool: 0,
    pooledAtMs: T,
    claims: {},
    granted: 0,
    ...more,
  });

  it('recovers by a twentieth of the quota each window', () => {
    const paces = [0, 1, 5, 10, 11].map((windows) => to3(paceOf(operation(), T + windows * 60_000)));
    assert.deepEqual(paces, [0.5, 0.55, 0.75, 1, 1]);
  });

  it('is forgotten when it has recovered, and when what the vendor said is over', () => {
    assert.equal(Math.round(recoveredAtMs(operation())), T + 600_000);
    assert.equal(recoveredAtMs(operation({ heldUntilMs: T + 900_000 })), T + 900_000);
    assert.equal(recoveredAtMs(operation({ slowedTo: 1 })), T);
  });

  it('is seven tenths of the one before, once a window: it settles where it recovers as much', () => {
    const { ask, operation: now } = askedLedger();
    const slowed = (atMs: number) => ask('a', atMs, { throttled: { retryAfterMs: 2_000 } }).slowedTo;
    assert.deepEqual([slowed(0), slowed(59_999), slowed(60_000)], [0.7, 0.75, 0.525]);
    assert.equal(now().heldUntilMs, T + 62_000);
    ask('a', 60_000, { throttled: { retryAfterMs: 0 } });
    assert.equal(now().heldUntilMs, T + 62_000);
    for (let window = 2; window < 40; window += 1) slowed(window * 60_000);
    assert.equal(slowed(40 * 60_000), 0.117); // 0.7 × (0.117 + 0.05)
  });
});

describe('what a holder is given', () => {
  it('at first is all there is, for a short time, and then for longer', () => {
    const { ask } = askedLedger();
    assert.deepEqual(ask('a', 0), FIRST);
    assert.deepEqual(ask('a', 750, { acting: 1 }), {
      ...FIRST,
      number: 2,
      startWith: 0,
      validForMs: 10_000,
      askAgainInMs: 5_000,
    });
  });

  it('is renewed sooner where it is fast and wants more', () => {
    const fast = askedLedger({ calls: 20_000, perMs: 60_000 });
    fast.ask('a', 0, { demand: 9_000 });
    assert.equal(fast.ask('a', 750, { demand: 9_000, acting: 1 }).askAgainInMs, 1_000);
    assert.equal(fast.ask('a', 1_750, { demand: 3_000, acting: 2 }).askAgainInMs, 5_000);
  });

  it('is nothing for as long as the vendor said when it throttled', () => {
    const { ask } = askedLedger();
    const slow = { callsPerSecond: 0, expectedPerSecond: to3(0.7 * PER_SECOND), slowedTo: 0.7 };
    assert.deepEqual(ask('a', 0, { throttled: { retryAfterMs: 2_000 } }), {
      ...slow,
      burst: 0,
      startWith: 0,
      validForMs: 10_000,
      askAgainInMs: 2_000,
    });
    assert.equal(ask('a', 1_999).burst, 0);
    assert.ok(ask('a', 2_000).burst > 0);
  });

  it('is nothing when it wants nothing, and forgets it', () => {
    const { ask, operation } = askedLedger();
    ask('a', 0);
    assert.deepEqual(ask('a', 10, { demand: 0, acting: 1 }), {
      ...ALL,
      callsPerSecond: 0,
      burst: 0,
      startWith: 0,
      validForMs: 10_000,
      askAgainInMs: 10_000,
    });
    assert.deepEqual(operation().claims, {});
  });

  it('is one call where others hold the rate, and a part of it when they have heard', () => {
    const { ask } = askedLedger();
    ask('a', 0);
    const half = { expectedPerSecond: to3(PER_SECOND / 2), slowedTo: 1 };
    assert.deepEqual(ask('b', 0), {
      ...half,
      number: 2,
      callsPerSecond: 0,
      burst: 1,
      startWith: 1,
      validForMs: 2_000,
      askAgainInMs: 1_500,
    });
    assert.deepEqual(ask('c', 0), {
      ...half,
      expectedPerSecond: to3(PER_SECOND / 3),
      callsPerSecond: 0,
      burst: 0,
      startWith: 0,
      validForMs: 10_000,
      askAgainInMs: 1_500,
    });
    // It has half of the rate, less a twentieth for who comes, and is to tell soon that it has heard.
    const less = ask('a', 750, { acting: 1 });
    assert.ok(less.callsPerSecond < PER_SECOND / 2 && less.askAgainInMs === 100, JSON.stringify(less));
  });

  it('goes to the others when it has left, or has not asked for two leases', () => {
    const { ask, leave, operation } = askedLedger();
    ask('a', 0);
    leave('a', 0);
    assert.deepEqual(operation().claims, {});
    assert.equal(ask('b', 0).callsPerSecond, to3(PER_SECOND));
    leave('nobody', 19_999);
    assert.deepEqual(Object.keys(operation().claims), ['b']);
    leave('nobody', 20_000);
    assert.deepEqual(operation().claims, {});
  });

  it('goes by the tightest quota that a holder knows', () => {
    const { ask, operation } = askedLedger();
    ask('a', 0);
    ask('b', 0, { quota: { calls: 60, perMs: 60_000 } });
    assert.deepEqual(operation().quota, { calls: 60, perMs: 60_000 });
    ask('a', 100, { acting: 1 });
    assert.deepEqual(operation().quota, { calls: 60, perMs: 60_000 });
    ask('b', 200, { demand: 0 });
    ask('a', 300, { acting: 1 });
    assert.deepEqual(operation().quota, QUOTA);
  });

  it('counts as the most that any of its grants allows', () => {
    const claim = { quota: QUOTA, demand: 1, askedAtMs: T, asksAgainAtMs: 0, grantedAtMs: T };
    assert.deepEqual(heldBy({ ...claim, grants: [] }), { callsPerSecond: 0, burst: 0 });
    const grants = [
      { number: 1, callsPerSecond: 2, burst: 1, untilMs: T },
      { number: 2, callsPerSecond: 1, burst: 3, untilMs: T },
    ];
    assert.deepEqual(heldBy({ ...claim, grants }), { callsPerSecond: 2, burst: 3 });
  });
});
