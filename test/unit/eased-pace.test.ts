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
});
