import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { QuotaMeter } from '../../simulator/quota.js';

describe("the simulator's quotas", () => {
  it('a window lets through so many calls in any stretch of so long, and no fewer', () => {
    const gapsMs = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
    const quotas = fc.record({
      calls: fc.integer({ min: 1, max: 8 }),
      perMs: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(gapsMs, quotas, (gaps, quota) => {
        const meter = new QuotaMeter();
        const passed: number[] = [];
        let at = 0;
        for (const gap of gaps) {
          at += gap;
          const inStretch = passed.filter((time) => time > at - quota.perMs).length;
          assert.equal(meter.take('Cancel', quota, at), inStretch < quota.calls);
          if (inStretch < quota.calls) passed.push(at);
        }
      }),
    );
  });

  it('a bucket lets through its burst, then what has filled since', () => {
    const meter = new QuotaMeter();
    const quota = { perSecond: 10, burst: 2 };
    const taken = [0, 0, 0, 50, 100, 100, 10_000, 10_000, 10_000].map((at) =>
      meter.take('Cancel', quota, at),
    );
    assert.deepEqual(taken, [true, true, false, false, true, false, true, true, false]);
  });

  it('counts each operation alone, and anew under a changed quota', () => {
    const meter = new QuotaMeter();
    const one = { calls: 1, perMs: 60_000 };
    assert.deepEqual(
      [meter.take('A', one, 0), meter.take('B', one, 0), meter.take('A', { ...one }, 1)],
      [true, true, false],
    );
    assert.equal(meter.take('A', { calls: 2, perMs: 60_000 }, 2), true);
    assert.equal(meter.take('A', undefined, 3), true);
  });
});
