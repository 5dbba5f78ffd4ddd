import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ALL_PROVIDERS } from '../../providers/all.js';
import {
  atLeastMs,
  pollDelayMs,
  reaskAfterMs,
  retryDelayMs,
  slowestMs,
  type Pacing,
} from '../../providers/pacing.js';

const pacing: Pacing = [
  { untilMs: 60_000, everyMs: 10_000 },
  { untilMs: 600_000, everyMs: 30_000 },
  { everyMs: 60_000 },
];
const MIDDLE = 0.5; // No jitter.

describe('pacing', () => {
  it('goes through its stages by the age of the wait', () => {
    const ages = [0, 59_999, 60_000, 599_999, 600_000, 1e12];
    assert.deepEqual(
      ages.map((age) => pollDelayMs(pacing, age, MIDDLE)),
      [10_000, 10_000, 30_000, 30_000, 60_000, 60_000],
    );
  });

  it('spreads polls by at most a tenth', () => {
    assert.deepEqual([pollDelayMs(pacing, 0, 0), pollDelayMs(pacing, 0, 1)], [9_000, 11_000]);
  });

  it('doubles retries from a second to the last stage', () => {
    const delays = [1, 2, 3, 7, 8, 1_000].map((attempt) => retryDelayMs(pacing, attempt, 0, MIDDLE));
    assert.deepEqual(delays, [1_000, 2_000, 4_000, 60_000, 60_000, 60_000]);
  });

  it('obeys the vendor’s Retry-After, up to a quarter of an hour', () => {
    assert.equal(retryDelayMs(pacing, 1, 120_000, MIDDLE), 120_000);
    assert.equal(retryDelayMs(pacing, 1, 86_400_000, MIDDLE), 900_000);
  });

  it('is no slower than its last stage, and tries no call again later than it polls first', () => {
    assert.equal(slowestMs(pacing), 60_000);
    assert.equal(retryDelayMs([{ everyMs: 200 }], 1, 0, MIDDLE), 200);
    assert.equal(retryDelayMs([{ untilMs: 1, everyMs: 200 }, { everyMs: 900 }], 3, 0, MIDDLE), 800);
  });

  it('asks again after twelve polls, then ever more rarely', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((asks) => reaskAfterMs(pacing, asks)),
      [120_000, 120_000, 240_000, 480_000],
    );
  });

  for (const { id, pacing: own } of ALL_PROVIDERS) {
    const everyMs = own.map((stage) => stage.everyMs);
    const [fastestMs, slowest] = [Math.min(...everyMs), Math.max(...everyMs)];

    it(`looks at a task of ${id} neither more often than its first stage says, nor less often than its last`, () => {
      fc.assert(
        fc.property(age, unit, (waitedMs, random) => {
          isBetween(pollDelayMs(own, waitedMs, random), 0.9 * fastestMs, 1.1 * slowest);
        }),
      );
    });

    it(`tries a call of ${id} again ever later, from a second to its last stage`, () => {
      fc.assert(
        fc.property(attempt, unit, (number, random) => {
          const [delayMs, laterMs] = [number, number + 1].map((n) => retryDelayMs(own, n, 0, random));
          isBetween(delayMs!, 0.9 * Math.min(1_000, fastestMs), 1.1 * slowest);
          assert.ok(laterMs! >= delayMs!);
        }),
      );
    });

    it(`gives ${id} the time it asks for, up to a quarter of an hour`, () => {
      fc.assert(
        fc.property(attempt, unit, fc.nat({ max: 10 * QUARTER_MS }), (number, random, retryAfterMs) => {
          const [without, delayMs] = [0, retryAfterMs].map((asked) =>
            retryDelayMs(own, number, asked, random),
          );
          assert.equal(delayMs, Math.max(without!, Math.min(retryAfterMs, QUARTER_MS)));
          assert.equal(atLeastMs(without!, retryAfterMs), delayMs);
        }),
      );
    });

    it(`asks again for the end of a task of ${id} ever more rarely, never within twelve of its polls`, () => {
      fc.assert(
        fc.property(fc.nat({ max: 100 }), (asks) => {
          const [afterMs, laterMs] = [asks, asks + 1].map((n) => reaskAfterMs(own, n));
          assert.ok(afterMs! >= 12 * everyMs[0]! && laterMs! >= afterMs!);
        }),
      );
    });
  }
});

const QUARTER_MS = 15 * 60_000;
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const age = fc.oneof(fc.nat({ max: 7 * 24 * 60 * 60_000 }), fc.maxSafeNat());
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1 }));

/** A whole number of milliseconds; the jitter's bounds are rounded as it is. */
function isBetween(delayMs: number, leastMs: number, mostMs: number): void {
  assert.ok(Number.isInteger(delayMs), String(delayMs));
  assert.ok(delayMs >= Math.round(leastMs) && delayMs <= Math.round(mostMs), `${delayMs} ms`);
}
