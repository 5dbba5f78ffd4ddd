import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAULT_NAMES, faultNamesOn, FAULTS } from './faults.js';
import { planOf } from './plan.js';
import { POSTGRESQL_SET, SHORT_SET } from './short-set.js';

const TARGETS = 2_000;
const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe('a plan of test:chaos', () => {
  it('is the same for the same seed, and another for others', () => {
    const plans = SEEDS.map((seed) => JSON.stringify(planOf({ seed, targets: TARGETS, database: 'sqlite' })));
    assert.deepEqual(
      plans,
      SEEDS.map((seed) => JSON.stringify(planOf({ seed, targets: TARGETS, database: 'sqlite' }))),
    );
    assert.equal(new Set(plans).size, SEEDS.length);
  });

  it('strikes while much is still to be asked, for as long as the fault says, and Workers that are there', () => {
    for (const seed of SEEDS) {
      const { strikes, workers } = planOf({ seed, targets: TARGETS, database: 'sqlite' });
      assert.ok(strikes.length >= 2 && workers >= 1 && workers <= 3);
      assert.equal(new Set(strikes.map(({ fault }) => fault)).size, strikes.length);
      for (const { fault, afterAsks, forMs, place = 0 } of strikes) {
        const [least, most] = FAULTS[fault].lastsMs;
        assert.ok(afterAsks > 0 && afterAsks <= 0.6 * TARGETS);
        assert.ok(forMs >= least && forMs <= most);
        assert.ok(place < workers);
      }
    }
  });

  for (const database of ['sqlite', 'postgresql'] as const)
    it(`of many seeds has every fault that can strike on ${database}`, () => {
      const plans = SEEDS.map((seed) => planOf({ seed, targets: TARGETS, database }));
      const faults = plans.flatMap(({ strikes }) => strikes.map(({ fault }) => fault));
      assert.deepEqual(new Set(faults), new Set(faultNamesOn(database)));
    });

  it('of many seeds has every number of Workers, and strikes one as well as all', () => {
    const plans = SEEDS.map((seed) => planOf({ seed, targets: TARGETS, database: 'sqlite' }));
    const strikes = plans.flatMap((plan) => plan.strikes);
    assert.deepEqual(new Set(plans.map(({ workers }) => workers)), new Set([1, 2, 3]));
    const killed = strikes.filter(({ fault }) => fault === 'worker killed');
    assert.ok(killed.some(({ place }) => place === undefined));
    assert.ok(killed.some(({ place }) => place !== undefined));
  });

  it('of the short set has every fault, each once', () => {
    const faults = SHORT_SET.flatMap((group) => group.faults);
    assert.deepEqual(faults.toSorted(), faultNamesOn('sqlite').toSorted());
  });

  it('of the set for PostgreSQL has the faults that need it', () => {
    const faults = new Set(POSTGRESQL_SET.flatMap((group) => group.faults));
    const needing = FAULT_NAMES.filter((name) => !faultNamesOn('sqlite').includes(name));
    assert.equal(needing.length, 2);
    assert.ok(needing.every((name) => faults.has(name)));
  });
});
