import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LeasedPace } from '../../activities/leased-pace.js';
import type { Share } from '../../contract/quota-share.js';

const QUOTA = { calls: 10, perMs: 1_000 };
const SHARE: Share = {
  number: 7,
  callsPerSecond: 100,
  expectedPerSecond: 50,
  burst: 5,
  startWith: 3,
  validForMs: 10_000,
  askAgainInMs: 5_000,
  slowedTo: 1,
};
/** A share without a rate: some calls at once, and others when it is asked for again. */
const NO_RATE = { callsPerSecond: 0, burst: 2, startWith: 2, askAgainInMs: 3_000 };

function leased(share: Partial<Share> = {}, askedAtMs = 0): LeasedPace {
  const pace = new LeasedPace(QUOTA);
  pace.renew({ ...SHARE, ...share }, askedAtMs, 0);
  return pace;
}

function taken(pace: LeasedPace, nowMs: number): number {
  let count = 0;
  while (count < 1_000 && pace.take(nowMs)) count += 1;
  return count;
}

describe('the pace of a share', () => {
  it('without one lets nothing through, and expects an answer soon and a whole quota then', () => {
    const pace = new LeasedPace(QUOTA);
    assert.equal(pace.take(0), false);
    assert.deepEqual([pace.acting(0), pace.restMs(0)], [undefined, 0]);
    assert.deepEqual([pace.waitMs(1, 0), pace.waitMs(10, 0), pace.waitMs(11, 0)], [100, 100, 200]);
  });

  it('has its tokens at once, then fills at its rate up to its size', () => {
    const pace = leased();
    assert.equal(taken(pace, 0), 3);
    assert.equal(taken(pace, 9), 0);
    assert.equal(taken(pace, 10), 1);
    assert.equal(taken(pace, 1_000), 5);
    assert.equal(taken(pace, 1_020), 2);
    // A time before the last changes nothing.
    assert.equal(taken(pace, 500), 0);
  });

  it('tells a wait by the rate it may count on', () => {
    const pace = leased();
    assert.deepEqual([pace.waitMs(3, 0), pace.waitMs(4, 0), pace.waitMs(13, 0)], [0, 20, 200]);
    taken(pace, 0);
    assert.equal(pace.waitMs(1, 0), 20);
    assert.equal(leased({ expectedPerSecond: 0 }).waitMs(11, 0), 200);
  });

  it('ends so long after it was asked for, with all that was left', () => {
    const pace = leased({}, -200);
    assert.deepEqual([pace.acting(9_799), pace.acting(9_800)], [7, undefined]);
    assert.deepEqual([pace.restMs(0), pace.restMs(9_800), pace.restMs(9_900)], [9_800, 0, 0]);
    assert.equal(pace.waitMs(11, 9_800), 200);
    assert.equal(taken(pace, 9_800), 0);
    assert.equal(taken(pace, 9_799), 0);
  });

  it('takes the place of the one before, whose tokens stay as far as they fit', () => {
    const pace = leased();
    pace.renew({ ...SHARE, number: 8, startWith: 1 }, 0, 0);
    assert.deepEqual([pace.acting(0), taken(pace, 0)], [8, 4]);
    pace.renew({ ...SHARE, startWith: 9 }, 0, 0);
    assert.equal(taken(pace, 0), 5);
  });

  it('without a rate has no more than its tokens, and the next call when it is asked for again', () => {
    const pace = leased(NO_RATE);
    assert.equal(pace.restMs(0), 0);
    assert.deepEqual([pace.waitMs(2, 0), pace.waitMs(3, 0), pace.waitMs(5, 0)], [0, 3_000, 3_040]);
    assert.equal(pace.waitMs(3, 2_950), 100);
    assert.deepEqual([taken(pace, 2_000), taken(pace, 2_999)], [2, 0]);
    assert.equal(leased({ ...NO_RATE, askAgainInMs: 10_000 }).waitMs(3, 0), 20);
    // With a rate, when to ask again says nothing of the next call.
    assert.equal(leased({ askAgainInMs: 3_000 }).waitMs(4, 0), 20);
  });

  it('is given back where nothing is wanted, and else only the tokens of one without a rate', () => {
    const unwanted = leased();
    unwanted.beginRenewal(0);
    assert.deepEqual([unwanted.acting(0), unwanted.restMs(0), taken(unwanted, 0)], [undefined, 0, 0]);
    const wanted = leased();
    wanted.beginRenewal(1);
    assert.deepEqual([wanted.acting(0), taken(wanted, 0)], [7, 3]);
    const withoutRate = leased(NO_RATE);
    withoutRate.beginRenewal(1);
    assert.deepEqual([withoutRate.acting(0), taken(withoutRate, 0)], [7, 0]);
  });

  it('holds for as long as the vendor said, or a second, and no word shortens that', () => {
    const pace = leased();
    pace.throttled(500, 0);
    assert.equal(pace.waitMs(4, 0), 520);
    pace.throttled(100, 0);
    assert.deepEqual([taken(pace, 499), taken(pace, 500)], [0, 5]);
    pace.throttled(undefined, 600);
    assert.deepEqual([taken(pace, 1_599), taken(pace, 1_600)], [0, 5]);
    const without = new LeasedPace(QUOTA);
    without.throttled(500, 0);
    assert.equal(without.waitMs(1, 200), 400);
  });
});
