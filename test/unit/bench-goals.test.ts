import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Figures } from '../../bench/report/figures.js';
import { judge } from '../../bench/report/goals.js';

const MATCH: Figures = {
  scenario: 'match',
  contestant: 'quiesce',
  tasks: 10_000,
  workers: 1,
  cancelingMs: 2_000,
  wallMs: 10_000,
  tasksPerSecond: 1_000,
  vendorCalls: {},
  vendorCallsPerTask: 1.06,
  throttledShare: 0,
  secondEffects: 0,
  actionsPerTask: 0.05,
  eventsPerTask: 0.15,
  largestHistory: { events: 5_000, bytes: 2 * 1024 * 1024 },
  serverCpuMsPerTask: 0.5,
  workerCpuMsPerTask: 1,
  workerRssMb: 200,
  workerPeakRssMb: 200,
  clientCpuMsPerTask: 1,
  clientPeakRssMb: 149,
};
const row = (more: Partial<Figures>): Figures => ({ ...MATCH, ...more });

/** The goals of so many rows whose name has that in it: [value, goal, whether it is met]. */
function judged(name: string, ...rows: Partial<Figures>[]): [number, string, boolean][] {
  return judge(rows.map(row))
    .filter((goal) => goal.name.includes(name))
    .map(({ value, goal, met }) => [value, goal, met]);
}

describe('the goals of the bench', () => {
  it('allow a vendor call and a fiftieth for each look and round', () => {
    const [[, goal, met] = []] = judged('vendor calls', {});
    const limit = Number(goal?.replace('<= ', ''));
    // Two seconds of CANCELING are three rounds at most, of one every second, and one more.
    assert.ok(limit > 1.02 && limit <= 1.02 + 4 / 50, `${limit}`);
    assert.equal(met, true);
    assert.equal(judged('vendor calls', { vendorCallsPerTask: limit + 0.01 })[0]?.[2], false);
  });

  for (const [name, at, above] of [
    ['Temporal actions', { actionsPerTask: 0.05 }, { actionsPerTask: 0.051 }],
    ['history events', { eventsPerTask: 0.15 }, { eventsPerTask: 0.151 }],
    ['dev server CPU', { serverCpuMsPerTask: 0.5 }, { serverCpuMsPerTask: 0.501 }],
    ['any run, events', {}, { largestHistory: { events: 5_001, bytes: 1 } }],
    ['any run, MB', {}, { largestHistory: { events: 1, bytes: 2.01 * 1024 * 1024 } }],
    ['peak client memory', { clientPeakRssMb: 149.9 }, { clientPeakRssMb: 150 }],
    ['report of', { reportMs: 9_999 }, { reportMs: 10_000 }],
  ] as const)
    it(`hold ${name} to its limit`, () => {
      assert.deepEqual([judged(name, at)[0]?.[2], judged(name, above)[0]?.[2]], [true, false]);
    });

  it('compare wall times pair by pair, and take the median', () => {
    const pair = (floorMs: number, oursMs: number) => [
      { contestant: 'floor' as const, wallMs: floorMs },
      { wallMs: oursMs },
    ];
    const pairs = [...pair(10_000, 11_000), ...pair(20_000, 24_000), ...pair(10_000, 13_000)];
    assert.deepEqual(judged('floor’s', ...pairs).concat(judged("floor's", ...pairs)), [
      [1.2, '<= 1.2', true],
    ]);
  });

  it('want forty times a Workflow for each task, and thirty times fifty slots', () => {
    const speeds = (contestant: 'perTask' | 'slots', factor: number) =>
      judged('tasks a second', {}, { contestant, tasksPerSecond: 1_000 / factor });
    assert.deepEqual(speeds('perTask', 40), [[40, '>= 40', true]]);
    assert.deepEqual(speeds('perTask', 39), [[39, '>= 40', false]]);
    assert.deepEqual(speeds('slots', 30), [[30, '>= 30', true]]);
    assert.deepEqual(speeds('slots', 29), [[29, '>= 30', false]]);
  });

  it('want the makespan within a twentieth of the best at a quota, and few throttled answers', () => {
    const quota = { scenario: 'quota', tasks: 10_000, perSecond: 200 };
    const callsMs = (10_000 * 1.02 * 1_000) / 200;
    const makespan = (wallMs: number) => judged('makespan', { ...quota, wallMs })[0];
    assert.equal(makespan(1.05 * callsMs)?.[2], true);
    assert.equal(makespan(1.05 * (callsMs + 2_000 + 2_000))?.[2], false, 'one round takes a second');
    assert.deepEqual(judged('throttled', { ...quota, throttledShare: 0.0099 })[0]?.[2], true);
    assert.deepEqual(judged('throttled', { ...quota, throttledShare: 0.01 })[0]?.[2], false);
  });

  it('compare the memory of the most tasks with that of the least', () => {
    const peaks = (most: number) =>
      judged('peak Worker memory', { tasks: 1_000 }, { tasks: 50_000, workerPeakRssMb: most });
    assert.deepEqual([peaks(260), peaks(261)], [[[60, '<= 60', true]], [[61, '<= 60', false]]]);
    assert.deepEqual(judged('peak Worker memory', {}), [], 'of one size there is nothing to compare');
  });

  it('hold a crash to no second effect, nothing asked again, and four seconds', () => {
    const crash = { scenario: 'crash', goesOnAfterMs: 4_000, askedAgain: 0 };
    const met = (more: object) => judged('Worker killed', { ...crash, ...more }).map(([, , isMet]) => isMet);
    assert.deepEqual(met({}), [true, true, true]);
    assert.deepEqual(met({ secondEffects: 1 }), [false, true, true]);
    assert.deepEqual(met({ askedAgain: 1 }), [true, false, true]);
    assert.deepEqual(met({ goesOnAfterMs: 4_010 }), [true, true, false]);
    // It never went on: that is no goal that is left out.
    assert.deepEqual(judged('Worker killed', { scenario: 'crash' }).at(-1)?.[2], false);
  });

  it('are none where nothing was measured', () => assert.deepEqual(judge([]), []));
});
