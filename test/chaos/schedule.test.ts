import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultNamesOn } from './faults.js';
import { planOf, surelyAsked, type PlanOptions } from './plan.js';
import { Budget, furtherScenarios, shortScenarios, type ScheduleOptions } from './schedule.js';
import { POSTGRESQL_SET, SHORT_SET } from './short-set.js';

const TODAY: ScheduleOptions = { targets: 2_000, database: 'sqlite', day: 20_779, alsoOnPostgresql: false };
const MINUTE_MS = 60_000;

function first(count: number, options: ScheduleOptions): PlanOptions[] {
  const scenarios = furtherScenarios(options);
  return Array.from({ length: count }, () => scenarios.next().value);
}

describe('the schedule of test:chaos', () => {
  it('has the short set first, on PostgreSQL after what needs it', () => {
    const groupOf = ({ seed, faults = [] }: PlanOptions) => ({ seed, faults });
    const onPostgresql = { ...TODAY, database: 'postgresql' } as const;
    assert.deepEqual(shortScenarios(TODAY).map(groupOf), SHORT_SET);
    assert.deepEqual(shortScenarios(onPostgresql).map(groupOf), POSTGRESQL_SET);
    assert.deepEqual(first(SHORT_SET.length, onPostgresql).map(groupOf), SHORT_SET);
  });

  it('then has a fault alone and a combination in turns, and every fault before one comes again', () => {
    const { length } = faultNamesOn('sqlite');
    const scenarios = first(2 * length, TODAY);
    const [alone, combined] = [0, 1].map((turn) => scenarios.filter((_, place) => place % 2 === turn));
    assert.equal(new Set(alone?.map(({ faults }) => faults?.join())).size, length);
    assert.ok(combined?.every(({ faults }) => faults === undefined));
    assert.equal(new Set(combined?.map(({ seed }) => seed)).size, length);
  });

  it('strikes with most faults that are alone amid the asks', () => {
    const alone = first(2 * faultNamesOn('sqlite').length, TODAY).filter(
      ({ faults }) => faults?.length === 1,
    );
    const amid = alone.filter((options) => {
      const [strike] = planOf(options).strikes;
      return strike !== undefined && strike.afterAsks > 0 && strike.afterAsks < surelyAsked(TODAY);
    });
    assert.ok(amid.length > alone.length / 2, `${amid.length} of ${alone.length}`);
  });

  it('is the same all day, and begins elsewhere on the next', () => {
    assert.deepEqual(first(4, TODAY), first(4, TODAY));
    const tomorrow = first(4, { ...TODAY, day: TODAY.day + 1 });
    for (const [place, scenario] of first(4, TODAY).entries()) assert.notDeepEqual(scenario, tomorrow[place]);
  });

  it('plays a combination on PostgreSQL, too, where that is wanted', () => {
    const [, one, other] = first(3, { ...TODAY, alsoOnPostgresql: true });
    assert.deepEqual(other, { ...one, database: 'postgresql' });
  });
});

describe('the budget of test:chaos', () => {
  it('allows no scenario that would exceed it, if it took as long as the longest so far', () => {
    const budget = new Budget(15 * MINUTE_MS);
    assert.ok(budget.allows(0));
    budget.spend(0, 3 * MINUTE_MS);
    budget.spend(3 * MINUTE_MS, 4 * MINUTE_MS);
    assert.ok(budget.allows(12 * MINUTE_MS));
    assert.ok(!budget.allows(12 * MINUTE_MS + 1));
  });

  it('says what is left, as a timer takes it', () => {
    const leftMs = new Budget(15 * MINUTE_MS).leftMs(4 * MINUTE_MS + 0.25);
    assert.equal(leftMs, 11 * MINUTE_MS - 1);
    assert.doesNotThrow(() => AbortSignal.timeout(leftMs));
  });

  it('without an end allows all', () => {
    const budget = new Budget();
    budget.spend(0, MINUTE_MS);
    assert.ok(budget.allows(1_000 * MINUTE_MS));
    assert.equal(budget.leftMs(1_000 * MINUTE_MS), Infinity);
  });
});
