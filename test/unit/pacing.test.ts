import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { pollDelayMs, reaskAfterMs, retryDelayMs, slowestMs, type Pacing } from '../../providers/pacing.js';

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

  it('asks again after twelve polls, then ever more rarely', () => {
    assert.deepEqual(
      [0, 1, 2, 3].map((asks) => reaskAfterMs(pacing, asks)),
      [120_000, 120_000, 240_000, 480_000],
    );
  });

  it('every delay is a positive whole number, for every provider and every age', () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL_PROVIDERS),
        fc.nat(),
        fc.integer({ min: 1 }),
        unit,
        (provider, age, attempt, random) => {
          for (const delay of [
            pollDelayMs(provider.pacing, age, random),
            retryDelayMs(provider.pacing, attempt, 0, random),
          ]) {
            assert.ok(
              Number.isInteger(delay) && delay > 0 && delay <= slowestMs(provider.pacing) * 1.1,
              String(delay),
            );
          }
        },
      ),
    );
  });
});
