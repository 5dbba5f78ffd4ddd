import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_CALLS, type TargetRow, type TargetState } from '../../contract/campaign.js';
import type { LaneOrders, Survey } from '../../contract/campaign-lane.js';
import {
  change,
  countFailures,
  countStates,
  fail,
  giveUp,
  hasEnded,
  hasNews,
  load,
  newLane,
  take,
  takeLost,
  taskAt,
  toAsk,
  toProve,
  toReport,
  toRows,
  uriOf,
  type Lane,
} from '../../workflows/lane.js';

const INPUT = {
  campaign: 'c',
  lane: 7,
  connection: 'sim',
  provider: 'p',
  fields: ['fileSystem', 'id'],
  targets: 4,
  reason: 'a test',
} as const;
const PATHS = ['fs/t-0', 'fs/t-1?day=2026-11-21', 'fs/t%2F2', 'fs/t-3'];
const ORDERS: LaneOrders = { number: 2, to: 'ask', askUpTo: 4, sliceMs: 1_000 };
const CALLS = { asks: 1, looks: 2, throttled: 3 };
const NOW_MS = 1_000;

function laneOf(states: readonly TargetState[] = [], orders?: LaneOrders): Lane {
  const lane = newLane(INPUT);
  load(lane, PATHS);
  for (const [place, state] of states.entries()) change(lane, place, { state }, NOW_MS);
  return { ...lane, problems: [], ...(orders !== undefined && { orders }) };
}

const statesOf = ({ rows }: Lane) => rows.map(({ state }) => state);

describe('a lane', () => {
  it('counts its targets before it knows them, and the campaign takes it to be so', () => {
    const lane = newLane(INPUT);
    const report = { lane: 7, states: { waiting: 4 }, calls: NO_CALLS, problems: [] };
    assert.deepEqual([toReport(lane), lane.reported, lane.asks], [report, report, 0]);
    assert.deepEqual([toRows(lane, 'seed').targets, lane.rows.length], [[], 4]);
  });

  it('asks none that is protected, under whichever of its names, and without a word all', () => {
    const protect = ['p://sim/fs/t-1', 't/2'];
    const lane = newLane({ ...INPUT, protect });
    load(lane, PATHS);
    assert.deepEqual(statesOf(lane), ['waiting', 'protected', 'protected', 'waiting']);
    assert.deepEqual(statesOf(laneOf()), ['waiting', 'waiting', 'waiting', 'waiting']);
  });

  it('knows a target by its URI, and as a task with its hints, which are no part of its name', () => {
    const lane = laneOf();
    assert.deepEqual(
      [0, 1, 2, 9].map((place) => uriOf(lane, place)),
      ['p://sim/fs/t-0', 'p://sim/fs/t-1', 'p://sim/fs/t%2F2', 'p://sim/'],
    );
    const task = { provider: 'p', connection: 'sim', ids: { fileSystem: 'fs', id: 't-1' } };
    assert.deepEqual(taskAt(lane, 1), {
      task: { ...task, hints: { day: '2026-11-21' } },
      workflowId: 'cancel/p/sim/fs/t-1',
    });
    const mask = 'm'.repeat(32);
    change(lane, 2, { state: 'blocked', mask }, NOW_MS);
    assert.deepEqual(taskAt(lane, 2), {
      task: { ...task, ids: { fileSystem: 'fs', id: 't/2' } },
      workflowId: `cancel/p/sim/~${mask}`,
    });
    assert.equal(uriOf(newLane(INPUT), 0), 'p://sim/');
    assert.deepEqual(taskAt(newLane(INPUT), 0).task.ids, {});
  });

  it('gives all that is known of its targets', () => {
    const lane = laneOf(['asked']);
    assert.deepEqual(toRows(lane, 'seed'), {
      lane: 7,
      connection: 'sim',
      provider: 'p',
      fields: INPUT.fields,
      tokenSeed: 'seed',
      targets: PATHS,
      rows: lane.rows,
    });
  });
});

describe('what an Activity of a lane has found', () => {
  it('is of the places that it was given, and its calls are added', () => {
    const lane = laneOf();
    const found: [number, TargetRow][] = [
      [0, { state: 'asked' }],
      [1, { state: 'canceled' }],
      [2, { state: 'asked' }],
    ];
    take(lane, [3, 1], { changes: found, calls: CALLS }, NOW_MS);
    take(lane, [], { changes: [], calls: CALLS }, NOW_MS);
    assert.deepEqual(statesOf(lane), ['waiting', 'canceled', 'waiting', 'asked']);
    assert.deepEqual(Object.keys(lane.rows), ['0', '1', '2', '3'], 'nothing is kept of another');
    assert.deepEqual(lane.calls, { asks: 2, looks: 4, throttled: 6 });
  });

  it('leaves alone what it gives back once asking is over, and not before', () => {
    for (const [to, expected] of [
      ['hold', 'waiting'],
      ['stop', 'left-alone'],
    ] as const) {
      const lane = laneOf([], { ...ORDERS, to });
      take(lane, [0], { changes: [], calls: NO_CALLS }, NOW_MS);
      assert.deepEqual(new Set(statesOf(lane)), new Set([expected]));
    }
  });

  it('is, when it was lost, what it had told; it may have asked all the others', () => {
    const lane = laneOf(['canceled', 'left-alone']);
    takeLost(lane, [1, 2, 3, 0], { changes: [[1, { state: 'asked', asks: 1 }]], calls: CALLS }, NOW_MS);
    assert.deepEqual(lane.rows, [
      { state: 'canceled' },
      { state: 'open', askedAtMs: NOW_MS },
      { state: 'asked', asks: 1 },
      { state: 'open', askedAtMs: NOW_MS },
    ]);
    assert.deepEqual(lane.calls, CALLS);
  });

  it('may be lost with all that it had to tell, or before anybody had known a place', () => {
    for (const kept of [undefined, { calls: CALLS }]) {
      const lane = laneOf(['asked', 'unproven', 'blocked']);
      takeLost(lane, [0, 1, 2, 9], kept, NOW_MS);
      assert.deepEqual(statesOf(lane).slice(0, 4), ['asked', 'open', 'blocked', 'waiting']);
      assert.deepEqual([lane.rows[9]?.state, lane.calls], ['open', NO_CALLS]);
    }
  });
});

describe('a target of a lane', () => {
  it('forgets with its next state what went with the one before, and no more', () => {
    const lane = laneOf();
    const known = { rawState: 'EXECUTING', seenAtMs: 5, code: 'Busy', message: 'm' } as const;
    change(lane, 0, { state: 'blocked', mask: 'm', refused: true, ...known }, NOW_MS);
    change(lane, 0, { state: 'asked' }, NOW_MS);
    assert.deepEqual(lane.rows[0], { state: 'asked', ...known });
    change(lane, 0, { state: 'answered', refused: true, mask: 'n' }, NOW_MS);
    assert.deepEqual(lane.rows[0], { state: 'answered', ...known, refused: true, mask: 'n' });
  });

  it('that is refused or errored is a problem, of which the last three are told', () => {
    const lane = laneOf();
    change(lane, 0, { state: 'canceled', code: 'None' }, NOW_MS);
    assert.deepEqual(lane.problems, []);
    change(lane, 1, { state: 'refused', rawState: 'LOCKED' }, 1);
    change(lane, 2, { state: 'errored' }, 2);
    fail(lane, [3, 0], 'LaneFailed', 'x'.repeat(300), 3);
    const text = 'x'.repeat(200);
    assert.deepEqual(lane.problems, [
      { subject: 'p://sim/fs/t%2F2', code: 'errored', message: '', atMs: 2 },
      { subject: 'p://sim/fs/t-3', code: 'LaneFailed', message: text, atMs: 3 },
      { subject: 'p://sim/fs/t-0', code: 'LaneFailed', message: text, atMs: 3 },
    ]);
    assert.deepEqual(statesOf(lane), ['errored', 'refused', 'errored', 'errored']);
    const first = laneOf();
    change(first, 1, { state: 'refused', rawState: 'LOCKED', message: 'm' }, 1);
    assert.deepEqual(first.problems, [{ subject: 'p://sim/fs/t-1', code: 'LOCKED', message: 'm', atMs: 1 }]);
  });

  it('counts as a failure when it is refused, errored, or refused and not yet confirmed', () => {
    const lane = laneOf(['refused', 'errored', 'answered']);
    assert.equal(countFailures(lane), 2);
    change(lane, 2, { state: 'answered', refused: true }, NOW_MS);
    assert.equal(countFailures(lane), 3);
    assert.equal(countFailures(laneOf(['canceled', 'unproven', 'not-found'])), 0);
  });

  it('may be asked up to the orders’ number, and its end be seen in four states', () => {
    assert.deepEqual(toAsk(laneOf(['asked'], { ...ORDERS, askUpTo: 3 })), [1, 2]);
    assert.deepEqual(toAsk(laneOf()), []);
    assert.deepEqual(toAsk({ ...laneOf([], ORDERS), exhausted: 1 }), [0, 1, 2, 3]);
    assert.deepEqual(toProve(laneOf(['open', 'asked', 'answered', 'canceling'])), [0, 1, 2, 3]);
    assert.deepEqual(toProve(laneOf(['waiting', 'blocked', 'canceled', 'unproven'])), []);
  });

  it('that has not ended when waiting is over is unproven, and keeps what was seen of it', () => {
    const lane = laneOf(['open', 'blocked', 'canceled']);
    change(lane, 0, { state: 'open', rawState: 'EXECUTING' }, NOW_MS);
    assert.equal(hasEnded(lane), false);
    giveUp(lane);
    assert.deepEqual(statesOf(lane), ['unproven', 'unproven', 'canceled', 'left-alone']);
    assert.equal(lane.rows[0]?.rawState, 'EXECUTING');
    assert.deepEqual(countStates(lane), { unproven: 2, canceled: 1, 'left-alone': 1 });
    assert.equal(hasEnded(lane), true);
  });
});

describe('what a lane reports', () => {
  const survey = { number: 1, letters: 'aaaa', result: { drifted: 1 } as Survey };
  const held = { kind: 'throttled', code: 'T', message: '', retryAfterMs: 1 } as const;

  it('has what there is, and no more', () => {
    const lane: Lane = {
      ...laneOf(['canceled', 'canceled', 'canceled', 'canceled'], ORDERS),
      survey,
      held,
      exhausted: 1,
      calls: CALLS,
    };
    assert.deepEqual(toReport(lane), {
      lane: 7,
      asked: 2,
      finished: 2,
      exhausted: 1,
      states: { canceled: 4 },
      calls: CALLS,
      held,
      problems: [],
      survey: survey.result,
      surveyed: 1,
    });
  });

  const done = 'canceled';
  const reports: [what: string, lane: Lane, asked: number | undefined, finished: number | undefined][] = [
    [
      'under orders that only hold',
      laneOf([done, done, done, done], { ...ORDERS, to: 'hold' }),
      undefined,
      undefined,
    ],
    ['with one still to ask', laneOf([done, done, done], ORDERS), undefined, undefined],
    ['with one that waits for its end', laneOf([done, done, done, 'asked'], ORDERS), 2, undefined],
    ['with one that is handed over', laneOf([done, done, done, 'blocked'], ORDERS), 2, undefined],
    ['with none left', laneOf([done, done, done, done], ORDERS), 2, 2],
    ['that has had its failures', { ...laneOf([done], ORDERS), exhausted: 2 }, undefined, undefined],
  ];
  for (const [what, lane, asked, finished] of reports)
    it(`is right for one ${what}`, () => {
      const report = toReport(lane);
      assert.deepEqual([report.asked, report.finished], [asked, finished]);
      assert.deepEqual(
        ['asked' in report, 'finished' in report],
        [asked !== undefined, finished !== undefined],
      );
    });

  it('is news when something was asked, finished or used up since, and orders say that somebody listens', () => {
    const lane = laneOf([done, done, 'asked'], { ...ORDERS, askUpTo: 3 });
    assert.equal(hasNews(lane), true);
    const told = { ...lane, reported: toReport(lane) };
    assert.equal(hasNews(told), false);
    assert.equal(hasNews({ ...told, exhausted: 1 }), true);
    change(told, 2, { state: 'canceled' }, NOW_MS);
    assert.equal(hasNews(told), true, 'it has finished');
    const { orders: _, ...unordered } = told;
    assert.equal(hasNews(unordered), false);
    change(told, 3, { state: 'canceled' }, NOW_MS);
    assert.equal(hasNews(told), false, 'one that has ended tells by its result');
    const { reported: __, ...never } = laneOf([done], ORDERS);
    assert.equal(hasNews(never), false);
    assert.equal(hasNews({ ...never, exhausted: 1 }), true);
  });
});
