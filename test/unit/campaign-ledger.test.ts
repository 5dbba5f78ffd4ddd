import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  isOutcome,
  type Amount,
  type CampaignOptions,
  type StateCounts,
  type TargetState,
} from '../../contract/campaign.js';
import {
  countFailures,
  countStates,
  countTargets,
  laneEnded,
  laneFailed,
  lanesOf,
  mostFailures,
  newLedger,
  openLane,
  takeReport,
  SEATS,
  wavesOf,
  type CampaignLedger,
  type LaneEntry,
} from '../../workflows/campaign-ledger.js';
import { dueOrders, isWaveDone } from '../../workflows/campaign-orders.js';

const NO_CALLS = { asks: 0, looks: 0, throttled: 0 };
const STATES = [
  'waiting',
  'open',
  'asked',
  'canceling',
  'blocked',
  'canceled',
  'refused',
  'errored',
] as const;

/** @param connections that its lanes are of, in turns. */
function ledgerOf(
  sizes: readonly number[],
  options: CampaignOptions = {},
  connections: readonly string[] = ['a', 'b'],
): CampaignLedger {
  const ledger = newLedger({ deadlineAfterMs: 60_000, ...options }, 0);
  for (const [place, targets] of sizes.entries()) {
    const connection = connections[place % connections.length] ?? '';
    openLane(ledger, { connection, provider: 'p', targets, fields: ['id'] });
  }
  ledger.startedAtMs = 1;
  return ledger;
}

const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 30 });
const sum = (counts: StateCounts) => Object.values(counts).reduce((before, each) => before + each, 0);

/** So many targets, in states that somebody throws dice for. */
function spread(
  total: number,
  dice: readonly number[],
  states: readonly TargetState[] = STATES,
): StateCounts {
  const counts: StateCounts = {};
  for (let each = 0; each < total; each += 1) {
    const state = states[(dice[each % dice.length] ?? 0) % states.length] ?? 'waiting';
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

const dice = fc.array(fc.nat(97), { minLength: 1, maxLength: 20 });
const event = fc.record({
  lane: fc.nat(29),
  what: fc.constantFrom('report', 'ended', 'failed', 'discarded', 'paused', 'resumed', 'stopped', 'orders'),
  dice,
});

type Event = typeof event extends fc.Arbitrary<infer Each> ? Each : never;

function happen(ledger: CampaignLedger, { lane, what, dice: thrown }: Event): void {
  const entry = ledger.lanes[lane % ledger.lanes.length] as LaneEntry;
  const ends = STATES.filter(isOutcome);
  const report = { calls: NO_CALLS, problems: [] };
  if (what === 'report')
    takeReport(ledger, { lane: entry.lane, states: spread(entry.targets, thrown), ...report });
  else if (what === 'ended' && entry.hasEnded !== true)
    laneEnded(ledger, entry, { states: spread(entry.targets, thrown, ends), ...report });
  else if (what === 'failed' && entry.hasEnded !== true) laneFailed(entry);
  else if (what === 'discarded') entry.isDiscarded = true;
  else if (what === 'paused') ledger.isPaused = true;
  else if (what === 'resumed') ledger.isPaused = false;
  else if (what === 'stopped') ledger.stopping = { end: 'aborted', note: '' };
  else dueOrders(ledger);
}

describe('a campaign’s ledger', () => {
  it('adds up to the targets after reports, ends, failures and discards in any order', () => {
    fc.assert(
      fc.property(sizes, fc.array(event, { maxLength: 60 }), (lanes, events) => {
        const ledger = ledgerOf(lanes);
        for (const each of events) {
          happen(ledger, each);
          const counted = lanesOf(ledger);
          assert.equal(sum(countStates(counted)), countTargets(counted));
        }
        for (const entry of ledger.lanes) if (entry.hasEnded !== true) laneFailed(entry);
        for (const state of Object.keys(countStates(lanesOf(ledger))))
          assert.ok(isOutcome(state as TargetState));
      }),
    );
  });

  it('lets no more be asked than the wave allows, in lanes from the first on', () => {
    const amount: fc.Arbitrary<Amount> = fc.oneof(
      fc.record({ count: fc.nat(2_000) }),
      fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    const waves = fc.array(amount, { maxLength: 4 });
    fc.assert(
      fc.property(sizes, waves, fc.array(event, { maxLength: 20 }), (lanes, amounts, events) => {
        const ledger = ledgerOf(lanes, { waves: amounts });
        const all = wavesOf(ledger);
        assert.equal(all.at(-1), countTargets(ledger.lanes));
        for (const each of events.filter(({ what }) => what !== 'discarded')) {
          happen(ledger, each);
          dueOrders(ledger);
          const granted = ledger.lanes.reduce((before, { orders }) => before + (orders?.askUpTo ?? 0), 0);
          assert.ok(granted <= (all[ledger.wave] ?? 0), `${granted} in wave ${ledger.wave} of ${all.join()}`);
          for (const { orders, targets } of ledger.lanes) assert.ok((orders?.askUpTo ?? 0) <= targets);
        }
      }),
    );
  });

  it('has at most eight lanes of a connection ask at a time, and four in a campaign of before', () => {
    const asking = (seats?: number) => {
      const ledger = ledgerOf(
        Array.from({ length: 20 }, () => 100),
        {},
        ['a'],
      );
      if (seats !== undefined) ledger.seats = seats;
      return dueOrders(ledger).length;
    };
    assert.deepEqual([asking(), asking(SEATS.before)], [8, 4]);
  });

  it('has at most four of them share a rate, or what may fail', () => {
    const many = Array.from({ length: 20 }, () => 100);
    const allowances = dueOrders(ledgerOf(many, { errorThreshold: { count: 20 } }, ['a']));
    assert.deepEqual(
      allowances.map(({ orders }) => orders.failuresAllowed),
      [5, 5, 5, 5],
    );
    const ledger = ledgerOf(many, { callsPerSecond: 30 });
    const due = dueOrders(ledger);
    for (const connection of ['a', 'b']) {
      const asking = due.filter(({ entry }) => entry.connection === connection);
      assert.equal(asking.length, 4);
      assert.deepEqual(new Set(asking.map(({ orders }) => orders.callsPerSecond)), new Set([7.5]));
    }
    assert.deepEqual(dueOrders(ledger), [], 'the same orders are sent once');
  });

  it('shares the rate with lanes that ask again what their first ask did not end', () => {
    const ledger = ledgerOf(
      Array.from({ length: 6 }, () => 10),
      { callsPerSecond: 30 },
      ['a'],
    );
    const report = { calls: NO_CALLS, problems: [] };
    for (const { entry, orders } of dueOrders(ledger))
      takeReport(ledger, { ...report, lane: entry.lane, asked: orders.number, states: { asked: 10 } });
    const ratesNow = () => dueOrders(ledger).map(({ entry, orders }) => [entry.lane, orders.callsPerSecond]);
    assert.deepEqual(ratesNow(), [
      [5, 15],
      [6, 15],
    ]);
    for (const lane of [1, 2, 3, 4])
      takeReport(ledger, { ...report, lane, states: { asked: 9, waiting: 1 } });
    assert.deepEqual(
      ratesNow(),
      [1, 2, 3, 4, 5, 6].map((lane) => [lane, 30 / 8]),
    );
    takeReport(ledger, {
      ...report,
      lane: 1,
      asked: ledger.lanes[0]?.orders?.number ?? 0,
      states: { asked: 10 },
    });
    assert.deepEqual(ratesNow(), [], 'five share it as eight do');
  });

  it('gives a lone lane the whole rate, and each new order a higher number', () => {
    const ledger = ledgerOf([10], { callsPerSecond: 20 });
    const [first] = dueOrders(ledger);
    ledger.callsPerSecond = 30;
    const [second] = dueOrders(ledger);
    assert.deepEqual([first?.orders.callsPerSecond, second?.orders.callsPerSecond], [20, 30]);
    assert.ok((second?.orders.number ?? 0) > (first?.orders.number ?? 0));
  });

  it('passes a seat on when a lane has asked all, and waits for its proof before the next wave', () => {
    const ledger = ledgerOf([10, 10], { waves: [{ count: 10 }] });
    const [first, ...others] = dueOrders(ledger);
    assert.deepEqual([first?.entry.lane, others], [1, []]);
    const number = first?.orders.number ?? 0;
    const report = { lane: 1, calls: NO_CALLS, problems: [] };
    takeReport(ledger, { ...report, asked: number, states: { asked: 10 } });
    assert.equal(isWaveDone(ledger), false);
    takeReport(ledger, { ...report, asked: number, finished: number, states: { canceled: 10 } });
    assert.equal(isWaveDone(ledger), true);
    ledger.wave = 1;
    assert.deepEqual(
      dueOrders(ledger).map(({ entry }) => entry.lane),
      [2],
    );
  });

  it('holds every lane that may ask while it is paused, and lets those that only prove go on without a seat', () => {
    const ledger = ledgerOf(Array.from({ length: 12 }, () => 10));
    for (const { entry, orders } of dueOrders(ledger))
      takeReport(ledger, {
        lane: entry.lane,
        asked: orders.number,
        states: { asked: 10 },
        calls: NO_CALLS,
        problems: [],
      });
    dueOrders(ledger);
    ledger.isPaused = true;
    const held = dueOrders(ledger);
    assert.equal(held.length, 12);
    assert.ok(held.every(({ orders }) => orders.to === 'hold'));
    ledger.isPaused = false;
    assert.equal(dueOrders(ledger).length, 12);
  });

  it('sends a stop once, and a deadline with it', () => {
    const ledger = ledgerOf([5, 5]);
    ledger.stopping = { end: 'out-of-time', note: '' };
    assert.deepEqual(
      dueOrders(ledger).map(({ orders }) => [orders.to, orders.deadlineAtMs]),
      [
        ['stop', 60_001],
        ['stop', 60_001],
      ],
    );
    assert.deepEqual(dueOrders(ledger), []);
  });

  it('takes no report of a lane that has ended', () => {
    const ledger = ledgerOf([3]);
    const entry = ledger.lanes[0] as LaneEntry;
    laneEnded(ledger, entry, { states: { canceled: 3 }, calls: NO_CALLS, problems: [] });
    takeReport(ledger, { lane: 1, states: { waiting: 3 }, calls: NO_CALLS, problems: [] });
    assert.deepEqual(countStates(ledger.lanes), { canceled: 3 });
  });

  it('counts failures against a number or a share', () => {
    const ledger = ledgerOf([10, 10], { errorThreshold: { share: 0.2 } });
    takeReport(ledger, {
      lane: 1,
      states: { refused: 2, errored: 1, canceled: 7 },
      calls: NO_CALLS,
      problems: [],
    });
    assert.deepEqual([countFailures(ledger), mostFailures(ledger)], [3, 4]);
    assert.equal(mostFailures(ledgerOf([10], { errorThreshold: { count: 7 } })), 7);
    assert.equal(mostFailures(ledgerOf([230], { errorThreshold: { share: 0.05 } })), 11, 'twelve are more');
    assert.equal(mostFailures(ledgerOf([10])), undefined);
  });

  it('renews an allowance while some is left, and else once the refusals are confirmed', () => {
    const ledger = ledgerOf([100], { errorThreshold: { count: 20 } });
    const report = { lane: 1, calls: NO_CALLS, problems: [] };
    const isRenewed = (unconfirmed: number, refused: number) => {
      const exhausted = ledger.orderNumber;
      takeReport(ledger, {
        ...report,
        exhausted,
        unconfirmed,
        states: { waiting: 70, answered: unconfirmed, refused },
      });
      return dueOrders(ledger).map(({ orders }) => orders.failuresAllowed);
    };
    assert.deepEqual(dueOrders(ledger)[0]?.orders.failuresAllowed, 20, 'it is the only lane');
    assert.deepEqual(isRenewed(6, 0), [14]);
    assert.deepEqual(isRenewed(10, 6), [4]);
    assert.deepEqual(isRenewed(10, 10), []);
    assert.deepEqual(isRenewed(0, 12), [8]);
    assert.deepEqual(isRenewed(0, 20), [0], 'the one that is too many is yet to come');
  });

  it('renews no allowance for another reason while none is left', () => {
    const ledger = ledgerOf(
      Array.from({ length: 3 }, () => 100),
      { callsPerSecond: 30, errorThreshold: { count: 8 } },
      ['a'],
    );
    for (const { entry, orders } of dueOrders(ledger).slice(0, 2))
      takeReport(ledger, {
        lane: entry.lane,
        exhausted: orders.number,
        unconfirmed: 6,
        states: { answered: 6, waiting: 94 },
        calls: NO_CALLS,
        problems: [],
      });
    const last = ledger.lanes[2] as LaneEntry;
    laneEnded(ledger, last, { states: { canceled: 100 }, calls: NO_CALLS, problems: [] });
    assert.deepEqual(dueOrders(ledger), []);
  });

  it('counts what a lane that failed had to confirm as failed, and no more', () => {
    const ledger = ledgerOf([100, 100], { errorThreshold: { count: 100 } });
    const [first, second] = dueOrders(ledger);
    const report = { calls: NO_CALLS, problems: [] };
    takeReport(ledger, { ...report, lane: 1, unconfirmed: 20, states: { answered: 20, canceled: 80 } });
    if (first !== undefined) laneFailed(first.entry);
    const exhausted = second?.orders.number ?? 0;
    takeReport(ledger, { ...report, lane: 2, exhausted, states: { refused: 75, waiting: 25 } });
    assert.deepEqual(
      dueOrders(ledger).map(({ entry }) => entry.lane),
      [2],
    );
  });

  it('tells lanes that only prove nothing of the rate of others', () => {
    const ledger = ledgerOf(
      Array.from({ length: 50 }, () => 10),
      { callsPerSecond: 30 },
      ['a'],
    );
    const report = { calls: NO_CALLS, problems: [] };
    for (let due = dueOrders(ledger); due.length > 0; due = dueOrders(ledger))
      for (const { entry, orders } of due)
        takeReport(ledger, { ...report, lane: entry.lane, asked: orders.number, states: { asked: 10 } });
    ledger.isPaused = true;
    dueOrders(ledger);
    ledger.isPaused = false;
    assert.equal(dueOrders(ledger).length, 50);
    // None of them has reported since.
    const sent = [1, 2, 3, 4].map((lane) => {
      takeReport(ledger, { ...report, lane, states: { asked: 9, waiting: 1 } });
      return dueOrders(ledger).map(({ entry }) => entry.lane);
    });
    assert.deepEqual(sent, [[], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
  });

  it('divides what may fail among the lanes of all connections', () => {
    const ledger = ledgerOf(
      Array.from({ length: 8 }, () => 100),
      { errorThreshold: { count: 20 } },
    );
    const due = dueOrders(ledger);
    assert.equal(due.length, 8);
    assert.deepEqual(new Set(due.map(({ orders }) => orders.failuresAllowed)), new Set([2]));
  });

  it('has lanes report ever more rarely, also those that only prove', () => {
    const ledger = ledgerOf([10, 10]);
    const orders = dueOrders(ledger);
    const tell = () => {
      for (const { lane, orders: latest } of ledger.lanes)
        takeReport(ledger, {
          lane,
          ...(latest !== undefined && { asked: latest.number }),
          states: { asked: 10 },
          calls: NO_CALLS,
          problems: [],
        });
      return dueOrders(ledger);
    };
    const slices = new Set<number>();
    let sent = 0;
    for (let each = 0; each < 1_500; each += 1)
      for (const due of tell()) {
        slices.add(due.orders.sliceMs / (orders[0]?.orders.sliceMs ?? 0));
        sent += 1;
      }
    assert.deepEqual([[...slices], sent], [[2, 4, 8], 6]);
  });

  it('counts a wave in whole targets', () => {
    assert.deepEqual(wavesOf(ledgerOf([100], { waves: [{ share: 0.07 }, { count: 14.5 }] })), [7, 15, 100]);
  });

  it('has no wave that asks nobody', () => {
    const waves = [{ count: 1 }, { share: 0.05 }, { share: 1 }];
    assert.deepEqual(wavesOf(ledgerOf([10], { waves })), [1, 10]);
  });

  it('orders a lane that is being opened about as soon as it can hear', () => {
    const ledger = ledgerOf([5, 5]);
    const [, second] = ledger.lanes;
    assert.ok(second !== undefined);
    second.isOpening = true;
    ledger.stopping = { end: 'aborted', note: 'a test' };
    const told = () => dueOrders(ledger).map(({ entry, orders }) => [entry.lane, orders.to]);
    assert.deepEqual(told(), [[1, 'stop']]);
    assert.deepEqual(told(), []);
    delete second.isOpening;
    assert.deepEqual(told(), [[2, 'stop']]);
  });
});
