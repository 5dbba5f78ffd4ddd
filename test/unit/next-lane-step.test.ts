import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LaneOrders } from '../../contract/campaign-lane.js';
import { change, load, newLane, type Lane } from '../../workflows/lane.js';
import { nextLaneStep, type LaneStep } from '../../workflows/next-lane-step.js';

const NOW_MS = 50;
const ORDERS = { number: 2, askUpTo: 2, sliceMs: 1_000 };
const COUNTS = {} as NonNullable<Lane['survey']>['result'];

function laneOf({ to, ...more }: Partial<Lane> & { to?: LaneOrders['to'] }): Lane {
  const lane = newLane({
    campaign: 'c',
    lane: 1,
    connection: 'sim',
    provider: 'p',
    fields: ['id'],
    targets: 2,
    reason: 'a test',
  });
  load(lane, ['t-0', 't-1']);
  return Object.assign(lane, to !== undefined && { orders: { ...ORDERS, to } }, more);
}

/** A lane whose second target waits for its end. */
function asked(more: Parameters<typeof laneOf>[0]): Lane {
  const lane = laneOf(more);
  change(lane, 1, { state: 'asked' }, 1);
  return lane;
}

function ended(more: Parameters<typeof laneOf>[0]): Lane {
  const lane = laneOf(more);
  for (const place of [0, 1]) change(lane, place, { state: 'canceled' }, 1);
  return lane;
}

function notLoaded(more: Parameters<typeof laneOf>[0]): Lane {
  const lane = laneOf(more);
  delete lane.targets;
  return lane;
}

describe('the next step of a lane', () => {
  const cases: [string, Lane, LaneStep][] = [
    ['without orders', laneOf({}), 'wait'],
    ['whose targets are not loaded', notLoaded({ to: 'ask' }), 'wait'],
    ['whose targets are not loaded, late', notLoaded({ to: 'ask', isLate: true }), 'give-up'],
    ['that has been discarded', laneOf({ to: 'discard' }), 'end'],
    ['whose targets have all ended', ended({ to: 'ask' }), 'end'],
    ['whose targets have all ended, late', ended({ to: 'ask', isLate: true }), 'end'],
    ['that is late', asked({ to: 'ask', isLate: true }), 'give-up'],
    ['to be surveyed for the first time', laneOf({ to: 'survey' }), 'survey'],
    [
      'to be surveyed anew',
      laneOf({ to: 'survey', survey: { letters: '', number: 1, result: COUNTS } }),
      'survey',
    ],
    [
      'that has been surveyed',
      laneOf({ to: 'survey', survey: { letters: '', number: 2, result: COUNTS } }),
      'wait',
    ],
    [
      'surveyed for orders before these, which are to ask',
      laneOf({ to: 'ask', survey: { letters: '', number: 1, result: COUNTS } }),
      'ask',
    ],
    ['that may ask', asked({ to: 'ask' }), 'ask'],
    ['that is held for longer', laneOf({ to: 'ask', heldUntilMs: NOW_MS + 1 }), 'wait'],
    ['that is held for longer, with some asked', asked({ to: 'ask', heldUntilMs: NOW_MS + 1 }), 'prove'],
    ['that was held until now', laneOf({ to: 'ask', heldUntilMs: NOW_MS }), 'ask'],
    ['that may ask no more for now', asked({ to: 'hold' }), 'prove'],
    ['that may ask no more for now, with none asked', laneOf({ to: 'hold' }), 'wait'],
  ];
  for (const [name, lane, expected] of cases)
    it(`is ${expected} for one ${name}`, () => assert.equal(nextLaneStep(lane, NOW_MS), expected));
});
