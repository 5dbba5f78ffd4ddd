import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EasedPace } from '../../activities/eased-pace.js';

/** How many calls get through from here on, tried every ten milliseconds. */
function taken(pace: EasedPace, fromMs: number, ms: number): number {
  let count = 0;
  for (let at = fromMs; at < fromMs + ms; at += 10) while (count < 100_000 && pace.take(at)) count += 1;
  return count;
}

describe('the pace of an operation without a quota', () => {
  it('lets every call through', () => {
    const pace = new EasedPace();
    for (let n = 0; n < 10_000; n++) assert.ok(pace.take(n / 100));
    assert.equal(pace.waitMs(500, 100), 0);
  });

  it('holds all for as long as the vendor says, then goes on more slowly than before', () => {
    const pace = new EasedPace();
    for (let at = 0; at < 5_000; at += 20) assert.ok(pace.take(at)); // 50 a second
    pace.throttled(3_000, 5_000);
    assert.equal(taken(pace, 5_000, 3_000), 0);
    assert.ok(pace.waitMs(1, 6_000) >= 2_000);
    const inASecond = taken(pace, 8_000, 1_000);
    assert.ok(inASecond >= 25 && inASecond <= 40, `${inASecond} calls`);
  });

  it('holds for a second, then twice as long each time, when the vendor does not say', () => {
    const pace = new EasedPace();
    const holds = [];
    let at = 0;
    for (let n = 0; n < 8; n++) {
      pace.throttled(undefined, at);
      pace.throttled(undefined, at + 1); // One that was under way tells of the same.
      const from = at;
      while (!pace.take(at)) at += 10;
      holds.push(Math.round((at - from) / 1_000));
    }
    assert.deepEqual(holds, [1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('eases off, until nothing waits any more', () => {
    const pace = new EasedPace();
    for (let at = 0; at < 2_000; at += 100) pace.take(at); // 10 a second
    pace.throttled(undefined, 2_000);
    const early = taken(pace, 3_000, 5_000);
    const later = taken(pace, 18_000, 5_000);
    assert.ok(later > early * 1.5, `${early}, then ${later}`);
    taken(pace, 23_000, 30_000);
    assert.equal(pace.waitMs(1_000, 60_000), 0);
  });

  it('goes on with seven tenths of the calls of about the last second, and a twentieth more each second', () => {
    const pace = braked();
    assert.deepEqual([pace.waitMs(1, 0), pace.waitMs(8, 0)], [2_000, 2_100]); // 70 a second, after the hold.
    assert.deepEqual([pace.take(1_999), pace.take(2_000), pace.take(2_000)], [false, true, false]);
    near(pace.waitMs(1, 2_000), 1_000 / 70);
    assert.deepEqual([pace.take(2_014), pace.take(2_015)], [false, true]);
    near(pace.waitMs(2, 3_000), 1_000 / (70 * 1.05)); // One was saved up, no more.
    near(pace.waitMs(2, 4_000), 1_000 / (70 * 1.05 ** 2));
  });

  it('counts calls of long ago for little', () => {
    const pace = new EasedPace();
    taken100(pace, 0);
    assert.ok(pace.take(1_000));
    pace.throttled(0, 2_000);
    near(pace.waitMs(2, 2_000), (1_000 / (0.7 * (100 / Math.E + 1))) * Math.E);
  });

  it('is never slower than a call a second', () => {
    const pace = new EasedPace();
    assert.ok(pace.take(0));
    pace.throttled(0, 0);
    assert.deepEqual([pace.waitMs(1, 0), pace.waitMs(3, 0)], [0, 2_000]);
  });

  it('slows down once for calls that were under way together, and again for one after the hold', () => {
    const pace = braked();
    pace.throttled(100, 10); // Neither shortens the hold nor slows down.
    assert.equal(pace.waitMs(8, 10), 1_990 + 100);
    pace.throttled(undefined, 2_000); // The second in a row: two seconds.
    assert.equal(pace.waitMs(1, 2_000), 2_000);
    near(pace.waitMs(2, 4_000), 1_000 / (70 * 0.7));
    pace.throttled(undefined, 5_000); // At a twentieth more; the third: four seconds.
    near(pace.waitMs(2, 9_000), 1_000 / (70 * 0.7 * 1.05 * 0.7));
    assert.equal(pace.waitMs(1, 5_000), 4_000);
  });

  it('is without a brake again once it is four times as fast, and starts with short holds', () => {
    const pace = braked();
    assert.ok(pace.waitMs(1_000, 2_000 + 28_000) > 0);
    assert.equal(pace.waitMs(1_000, 2_000 + 28_500), 0); // 1.05 ^ 28.5 > 4
    taken100(pace, 40_000);
    pace.throttled(undefined, 40_000);
    assert.deepEqual([pace.waitMs(1, 40_000), pace.waitMs(8, 40_000)], [1_000, 1_100]);
  });
});

function taken100(pace: EasedPace, nowMs: number): void {
  for (let n = 0; n < 100; n++) assert.ok(pace.take(nowMs));
}

/** A hundred calls at once, then throttled for two seconds. */
function braked(): EasedPace {
  const pace = new EasedPace();
  taken100(pace, 0);
  pace.throttled(2_000, 0);
  return pace;
}

function near(ms: number, expectedMs: number): void {
  assert.ok(Math.abs(ms - expectedMs) < 0.001, `${ms} ms instead of ${expectedMs}`);
}
