import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isOutcome, NO_CALLS, type TargetRow, type TargetState } from '../../contract/campaign.js';
import type { LaneOrders } from '../../contract/campaign-lane.js';
import {
  change,
  countFailures,
  countStates,
  fail,
  failuresLeft,
  giveUp,
  hasEnded,
  hasMoved,
  hasNews,
  leaveUnasked,
  load,
  newLane,
  placesIn,
  proveAsked,
  take,
  takeAsked,
  takeLost,
  toAsk,
  toReport,
  type Lane,
} from '../../workflows/lane.js';
import { nextLaneStep } from '../../workflows/next-lane-step.js';

const TARGETS = 12;

function laneOf(targets = TARGETS): Lane {
  return newLane({
    campaign: 'c',
    lane: 1,
    connection: 'sim',
    provider: 'p',
    fields: ['id'],
    targets,
    protect: ['t-0'],
    reason: 'a test',
  });
}

function loaded(): Lane {
  const lane = laneOf();
  load(
    lane,
    Array.from({ length: TARGETS }, (_, place) => `t-${place}`),
  );
  return lane;
}

const ask = (number: number, askUpTo = TARGETS): LaneOrders => ({
  number,
  to: 'ask',
  askUpTo,
  sliceMs: 1_000,
});

const FOUND = [
  'open',
  'asked',
  'answered',
  'canceling',
  'blocked',
  'canceled',
  'refused',
  'errored',
  'waiting',
] as const;
const act = fc.record({
  what: fc.constantFrom(
    'ask',
    'stopped while it asks',
    'lost while it asks',
    'prove',
    'orders',
    'hold',
    'stop',
    'late',
    'held',
    'exhausted',
    'fail',
  ),
  upTo: fc.nat(TARGETS),
  dice: fc.array(fc.nat(97), { minLength: 1, maxLength: 8 }),
});
type Act = typeof act extends fc.Arbitrary<infer Each> ? Each : never;

/** What an Activity may find of those that it was given. */
function found(places: readonly number[], dice: readonly number[], states: readonly TargetState[]) {
  const changes = places.flatMap((_, index): [number, TargetRow][] => {
    const thrown = dice[index % dice.length] ?? 0;
    const state = states[thrown % (states.length + 1)];
    return state === undefined ? [] : [[index, { state, ...(state !== 'waiting' && { askedAtMs: 1 }) }]];
  });
  return { changes, calls: { asks: 0, looks: 1, throttled: 0 } };
}

function happen(lane: Lane, number: number, { what, upTo, dice }: Act): void {
  const orders = { number, askUpTo: upTo, sliceMs: 1_000 };
  const isStopped = lane.orders?.to === 'stop';
  const asked = toAsk(lane);
  if (what === 'ask') take(lane, asked, found(asked, dice, FOUND), 1);
  else if (what === 'stopped while it asks' || what === 'lost while it asks') {
    if (what === 'stopped while it asks') stop(lane, orders);
    const { changes, calls } = found(asked, dice, FOUND);
    if (upTo % 2 === 0) take(lane, asked, { changes, calls }, 1);
    else {
      takeLost(lane, asked, { changes: changes.filter(([, { state }]) => state !== 'waiting'), calls }, 1);
      for (const place of asked) assert.notEqual(lane.rows[place]?.state, 'left-alone');
    }
  } else if (what === 'prove') {
    const places = placesIn(lane, 'open', 'asked', 'answered', 'canceling');
    take(lane, places, found(places, dice, ['waiting', 'canceled', 'refused']), 1);
  } else if (what === 'fail') fail(lane, toAsk(lane), 'LaneFailed', 'why', 1);
  else if (what === 'late') lane.isLate = true;
  else if (what === 'held') lane.heldUntilMs = 100;
  else if (what === 'exhausted') lane.exhausted = lane.orders?.number ?? 0;
  else if (what === 'stop') stop(lane, orders);
  else if (!isStopped) lane.orders = { ...orders, to: what === 'orders' ? 'ask' : what };
}

function stop(lane: Lane, orders: Omit<LaneOrders, 'to'>): void {
  lane.orders = { ...orders, to: 'stop' };
  leaveUnasked(lane);
}

describe('a lane', () => {
  it('counts all its targets whatever happens, and asks none that is not waiting, protected or beyond its orders', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const lane = loaded();
        for (const [number, each] of acts.entries()) {
          const before = lane.rows.map(({ state }) => state);
          happen(lane, number + 1, each);
          const after = lane.rows.map(({ state }) => state);
          for (const [place, state] of before.entries())
            if (isOutcome(state)) assert.equal(after[place], state, 'an outcome stays');
          const counts = Object.values(countStates(lane)).reduce((sum, count) => sum + count, 0);
          assert.equal(counts, TARGETS);
          for (const place of toAsk(lane)) {
            assert.equal(lane.rows[place]?.state, 'waiting');
            assert.ok(place > 0 && place < (lane.orders?.askUpTo ?? 0) && lane.orders?.to === 'ask');
          }
          const step = nextLaneStep(lane, 50);
          if (step === 'ask') assert.ok(toAsk(lane).length > 0 && lane.isLate !== true);
          if (hasEnded(lane)) assert.equal(step, 'end');
          if (lane.orders?.to === 'stop') assert.deepEqual(placesIn(lane, 'waiting'), []);
        }
        // Whatever it went through, its deadline ends it.
        lane.isLate = true;
        if (!hasEnded(lane)) assert.equal(nextLaneStep(lane, 50), 'give-up');
        giveUp(lane);
        assert.equal(nextLaneStep(lane, 50), 'end');
        assert.ok(lane.rows.every(({ state }) => isOutcome(state)));
      }),
      // What goes wrong takes orders, an Activity and a word in between.
      { numRuns: 2_000 },
    );
  });

  it('never loaded, waits, counts, and ends when it is stopped, late or discarded', () => {
    const lane = laneOf();
    lane.orders = ask(1);
    assert.deepEqual([nextLaneStep(lane, 0), countStates(lane)], ['wait', { waiting: TARGETS }]);
    lane.isLate = true;
    assert.equal(nextLaneStep(lane, 0), 'give-up');
    giveUp(lane);
    assert.deepEqual([nextLaneStep(lane, 0), countStates(lane)], ['end', { 'left-alone': TARGETS }]);
    const discarded = laneOf();
    discarded.orders = { ...ask(1), to: 'discard' };
    assert.equal(nextLaneStep(discarded, 0), 'end');
  });

  it('leaves alone what was never asked; what was asked, though in vain, is unproven', () => {
    const lane = loaded();
    change(lane, 1, { state: 'open', askedAtMs: 5 }, 6);
    change(lane, 1, { state: 'waiting' }, 7);
    leaveUnasked(lane);
    assert.deepEqual(countStates(lane), { protected: 1, unproven: 1, 'left-alone': TARGETS - 2 });
  });

  it('goes on proving what was asked and only waited to be asked again', () => {
    const lane = loaded();
    change(lane, 1, { state: 'asked', asks: 1, askedAtMs: 5 }, 6);
    change(lane, 1, { state: 'waiting' }, 7);
    lane.orders = { ...ask(1), to: 'stop' };
    leaveUnasked(lane);
    assert.deepEqual([lane.rows[1]?.state, nextLaneStep(lane, 8)], ['asked', 'prove']);
    giveUp(lane);
    assert.equal(lane.rows[1]?.state, 'unproven');
  });

  it('tells of refusals that a look has yet to confirm, and counts them once', () => {
    const lane = loaded();
    lane.orders = { ...ask(1), failuresAllowed: 1 };
    for (const place of [1, 2]) change(lane, place, { state: 'answered', refused: true, asks: 1 }, 1);
    change(lane, 3, { state: 'errored', code: 'x' }, 1);
    assert.deepEqual([toReport(lane).unconfirmed, countFailures(lane)], [2, 3]);
    change(lane, 1, { state: 'refused' }, 2);
    change(lane, 2, { state: 'canceled' }, 2);
    assert.deepEqual([toReport(lane).unconfirmed, countFailures(lane)], [undefined, 2]);
  });

  it('counts what its orders allow to fail from when they came', () => {
    const lane = loaded();
    for (const place of [1, 2]) change(lane, place, { state: 'errored', code: 'x' }, 1);
    lane.orders = { ...ask(1), failuresAllowed: 1 };
    lane.failuresAtOrders = countFailures(lane);
    assert.equal(failuresLeft(lane), 1);
    change(lane, 3, { state: 'answered', refused: true, asks: 1 }, 1);
    assert.equal(failuresLeft(lane), 0);
    change(lane, 3, { state: 'canceled' }, 1);
    for (const place of [4, 5]) change(lane, place, { state: 'refused' }, 1);
    assert.equal(failuresLeft(lane), -1);
  });

  it('does not take a refusal or an error of a repeat for an end: the vendor has accepted before', () => {
    const lane = loaded();
    for (const place of [1, 2, 4, 5, 6]) {
      change(lane, place, { state: 'asked', asks: 1, askedAtMs: 1 }, 1);
      change(lane, place, { state: 'waiting' }, 2);
    }
    const changes: [number, TargetRow][] = [
      [0, { state: 'answered', refused: true, asks: 1, code: 'BadRequest' }],
      [1, { state: 'errored', code: 'Strange' }],
      [2, { state: 'answered', refused: true, asks: 1 }],
      [3, { state: 'refused', code: 'BadRequest' }],
      // No refusal, and no error.
      [4, { state: 'canceling' }],
      [5, { state: 'answered', asks: 1 }],
    ];
    takeAsked(lane, [1, 2, 3, 4, 5, 6], { changes, calls: { asks: 3, looks: 0, throttled: 0 } }, 3);
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((place) => [lane.rows[place]?.state, lane.rows[place]?.refused]),
      [
        ['asked', undefined],
        ['asked', undefined],
        ['answered', true],
        ['asked', undefined],
        ['canceling', undefined],
        ['answered', undefined],
      ],
    );
  });

  it('looks at what waits to be asked again while it is held', () => {
    const lane = loaded();
    change(lane, 1, { state: 'asked', asks: 1, askedAtMs: 1 }, 1);
    change(lane, 1, { state: 'waiting' }, 2);
    proveAsked(lane);
    assert.deepEqual([lane.rows[1]?.state, lane.rows[2]?.state], ['asked', 'waiting']);
  });

  it('looks at what an Activity gives back to be asked again, where asking is held meanwhile, and only there', () => {
    const statesAfter = (to: LaneOrders['to']) => {
      const lane = loaded();
      lane.orders = { ...ask(1), to };
      change(lane, 1, { state: 'open', asks: 1, askedAtMs: 1 }, 1);
      take(lane, [1], { changes: [[0, { state: 'waiting' }]], calls: NO_CALLS }, 2);
      return lane.rows.slice(1, 3).map(({ state }) => state);
    };
    assert.deepEqual(statesAfter('hold'), ['asked', 'waiting']);
    assert.deepEqual(statesAfter('ask'), ['waiting', 'waiting']);
  });

  it('has nothing to tell before its first orders', () => {
    const lane = loaded();
    assert.deepEqual([hasMoved(lane), hasNews(lane), nextLaneStep(lane, 0)], [false, false, 'wait']);
  });

  it('is heard at once when more have failed than its orders allow, and else when a slice is over', () => {
    const lane = loaded();
    lane.orders = { ...ask(1), failuresAllowed: 1 };
    for (const place of toAsk(lane)) change(lane, place, { state: 'blocked', asks: 1 }, 1);
    lane.reported = toReport(lane);
    assert.deepEqual([hasNews(lane), hasMoved(lane)], [false, false]);
    change(lane, 1, { state: 'refused' }, 2);
    assert.deepEqual([hasNews(lane), hasMoved(lane)], [false, true]);
    change(lane, 2, { state: 'errored', code: 'x' }, 2);
    assert.equal(hasNews(lane), true);
  });

  it('is heard at once for more failures than it has told of, of whatever kind these were', () => {
    const lane = loaded();
    lane.orders = { ...ask(1), failuresAllowed: 1 };
    for (const place of toAsk(lane)) change(lane, place, { state: 'blocked', asks: 1 }, 1);
    change(lane, 1, { state: 'refused' }, 2);
    for (const place of [2, 3]) change(lane, place, { state: 'errored', code: 'x' }, 2);
    for (const place of [4, 5, 6]) change(lane, place, { state: 'answered', refused: true, asks: 1 }, 2);
    lane.reported = toReport(lane);
    change(lane, 7, { state: 'refused' }, 3);
    assert.equal(hasNews(lane), false);
    change(lane, 8, { state: 'refused' }, 3);
    assert.equal(hasNews(lane), true);
  });

  it('adds up how often a target was asked, and keeps what was known of it', () => {
    const lane = loaded();
    change(lane, 1, { state: 'asked', asks: 1, askedBy: 'r-1', askedAtMs: 1, rawState: 'CANCELING' }, 1);
    change(lane, 1, { state: 'waiting', seenBy: 'r-2' }, 2);
    change(lane, 1, { state: 'asked', asks: 1, askedBy: 'r-3', askedAtMs: 3 }, 3);
    change(lane, 1, { state: 'canceled', rawState: 'CANCELED' }, 4);
    assert.deepEqual(lane.rows[1], {
      state: 'canceled',
      rawState: 'CANCELED',
      asks: 2,
      askedAtMs: 3,
      askedBy: 'r-3',
      seenBy: 'r-2',
    });
  });

  it('says that it has asked, and finished, for its newest orders alone', () => {
    const lane = loaded();
    lane.orders = ask(1, 3);
    for (const place of toAsk(lane)) change(lane, place, { state: 'asked', asks: 1 }, 1);
    assert.deepEqual([toReport(lane).asked, toReport(lane).finished], [1, undefined]);
    for (const place of placesIn(lane, 'asked')) change(lane, place, { state: 'canceled' }, 1);
    assert.deepEqual([toReport(lane).asked, toReport(lane).finished], [1, 1]);
    lane.orders = ask(2);
    assert.deepEqual([toReport(lane).asked, toReport(lane).finished], [undefined, undefined]);
    lane.exhausted = 2;
    assert.deepEqual([toAsk(lane), toReport(lane).asked], [[], undefined]);
  });
});
