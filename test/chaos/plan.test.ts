import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAULT_NAMES, faultNamesOn, FAULTS } from './faults.js';
import { planOf, surelyAsked } from './plan.js';
import { POSTGRESQL_SET, SHORT_SET } from './short-set.js';
import { loadVendors } from './vendors.js';

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

  it('strikes for as long as the fault says, and Workers that are there', () => {
    for (const seed of SEEDS) {
      const { strikes, workers } = planOf({ seed, targets: TARGETS, database: 'sqlite' });
      assert.ok(strikes.length >= 2 && workers >= 1 && workers <= 3);
      assert.equal(new Set(strikes.map(({ fault }) => fault)).size, strikes.length);
      for (const { fault, afterAsks, forMs, place = 0 } of strikes) {
        const [least, most] = FAULTS[fault].lastsMs;
        assert.ok(afterAsks >= 0);
        assert.ok(forMs >= least && forMs <= most);
        assert.ok(place < workers);
      }
    }
  });

  it('strikes at the trigger, while the targets are asked, and after the last of them', () => {
    const strikes = SEEDS.flatMap((seed) => planOf({ seed, targets: TARGETS, database: 'sqlite' }).strikes);
    assert.ok(strikes.some(({ afterAsks }) => afterAsks === 0));
    assert.ok(
      strikes.some(({ afterAsks }) => afterAsks > 0 && afterAsks < surelyAsked({ targets: TARGETS })),
    );
    assert.ok(strikes.some(({ afterAsks }) => afterAsks > TARGETS));
  });

  it('scripts faults in the clouds only while each has much to ask', () => {
    const strikes = SEEDS.flatMap((seed) => planOf({ seed, targets: TARGETS, database: 'sqlite' }).strikes);
    const scripted = strikes.filter(({ fault }) => FAULTS[fault].strikesUpTo !== undefined);
    assert.ok(scripted.length > 0);
    for (const { fault, afterAsks } of scripted)
      assert.ok(afterAsks <= (fault === 'reply lost' || fault === 'reply late' ? 0.4 : 0.7) * TARGETS);
  });

  it('freezes a Worker for longer than any heartbeat may be late, where another can take over', () => {
    for (const seed of SEEDS) {
      const { workers, strikes } = planOf({
        seed,
        targets: TARGETS,
        database: 'sqlite',
        faults: ['worker frozen'],
      });
      assert.ok(workers >= 2);
      assert.ok(strikes.every(({ forMs }) => forMs >= 16_000));
    }
  });

  it('draws what the clouds do where documents leave it open, and nothing that the simulator does not know', async () => {
    const vendors = await loadVendors();
    const plans = SEEDS.map((seed) => planOf({ seed, targets: TARGETS, database: 'sqlite' }));
    for (const { definition, simulated, about } of vendors) {
      const drawn = plans.map(({ readings }) => readings[definition.id] ?? assert.fail(definition.id));
      for (const { switches } of drawn) simulated.switches.strict().parse(switches);
      assert.ok(new Set(drawn.map(({ refreshMs }) => refreshMs)).size > 1);
      for (const [name, values] of Object.entries(about.switches))
        assert.deepEqual(new Set(drawn.map(({ switches }) => switches[name])), new Set(values), name);
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

  it('of the short set cuts attempts off amid the asks', () => {
    const strikes = SHORT_SET.flatMap(
      (group) => planOf({ ...group, targets: TARGETS, database: 'sqlite' }).strikes,
    );
    const cutting = strikes.filter(({ fault }) => FAULTS[fault].cutsOff);
    assert.ok(cutting.length > 5);
    for (const { fault, afterAsks } of cutting)
      assert.ok(afterAsks > 0 && afterAsks < surelyAsked({ targets: TARGETS }), fault);
  });

  it('of the set for PostgreSQL has the faults that need it', () => {
    const faults = new Set(POSTGRESQL_SET.flatMap((group) => group.faults));
    const needing = FAULT_NAMES.filter((name) => !faultNamesOn('sqlite').includes(name));
    assert.ok(needing.includes('postgresql killed') && needing.includes('temporal-postgresql cut'));
    assert.ok(needing.every((name) => faults.has(name)));
  });
});
