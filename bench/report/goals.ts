import { LOOK_EVERY_MS } from '../scenarios.js';
import { CONTESTANTS, type ContestantId } from '../contestants.js';
import { median, ratios, valuesOf, type Figures } from './figures.js';

/** A figure that was promised, and whether it was reached. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  /** What the value must be, such as `<= 1.2`. */
  readonly goal: string;
  readonly met: boolean;
}

/** Where costs a task are judged; a smaller bench judges its largest number below. */
const MAIN_TASKS = 10_000;
const LOOKED_AT_ONCE = 50;
const MB = 1024 * 1024;

/** Every goal for which something was measured. */
export function judge(rows: readonly Figures[]): Goal[] {
  return [
    ...mainGoals(rows),
    ...ratioGoals(rows),
    ...quotaGoals(rows),
    ...slowGoals(rows),
    ...memoryGoals(rows),
    ...crashGoals(rows),
  ].flat();
}

/** What a task costs where a cancel takes two seconds. */
function mainGoals(rows: readonly Figures[]): Goal[][] {
  const tasks = mainSize(rows);
  const runs = rows.filter(isMatchOf('quiesce', tasks));
  const of = `${label(tasks)} tasks`;
  const rounds = Math.max(...runs.map(({ cancelingMs }) => Math.ceil(cancelingMs / LOOK_EVERY_MS) + 1));
  const ofQuiesce = rows.filter(({ contestant }) => contestant === 'quiesce');
  return [
    atMost(
      `vendor calls a task, ${of}`,
      valuesOf(runs, 'vendorCallsPerTask'),
      1.02 + rounds / LOOKED_AT_ONCE,
    ),
    atMost(`Temporal actions a task, ${of}`, valuesOf(runs, 'actionsPerTask'), 0.05),
    atMost(`history events a task, ${of}`, valuesOf(runs, 'eventsPerTask'), 0.15),
    atMost(`dev server CPU ms a task, ${of}`, valuesOf(runs, 'serverCpuMsPerTask'), 0.5),
    atMost('largest history of any run, events', [longest(ofQuiesce, 'events')], 5_000),
    atMost('largest history of any run, MB', [longest(ofQuiesce, 'bytes') / MB], 2),
  ];
}

/** Against the peers, side by side. */
function ratioGoals(rows: readonly Figures[]): Goal[][] {
  const main = mainSize(rows);
  const [floors, ours] = [rows.filter(isMatchOf('floor', main)), rows.filter(isMatchOf('quiesce', main))];
  const pairs = ours.map(({ wallMs }, pair) => wallMs / (floors[pair]?.wallMs ?? NaN));
  const fasterThan = (peer: ContestantId, factor: number) => {
    const [largest] = ratios(rows)
      .filter((ratio) => ratio.peer === peer)
      .sort((one, other) => other.tasks - one.tasks);
    if (largest === undefined) return [];
    const name = `tasks a second, times those of ${CONTESTANTS[peer].title}, ${label(largest.tasks)} tasks`;
    return atLeast(name, [largest.speed], factor);
  };
  return [
    atMost(`wall time over the floor's, ${label(main)} tasks`, pairs, 1.2),
    fasterThan('perTask', 40),
    fasterThan('slots', 30),
  ];
}

function quotaGoals(rows: readonly Figures[]): Goal[][] {
  const goals = rows
    .filter(({ scenario }) => scenario === 'quota')
    .flatMap((row) => {
      const of = `${row.perSecond ?? 0}/s, ${label(row.tasks)} tasks, ${row.workers} Workers`;
      const callsMs = ((row.tasks * (1 + 1 / LOOKED_AT_ONCE)) / (row.perSecond ?? NaN)) * 1_000;
      const bestMs = callsMs + row.cancelingMs + LOOK_EVERY_MS;
      return [
        atMost(`makespan over the best possible, ${of}`, [row.wallMs / bestMs], 1.05),
        below(`share of throttled answers, ${of}`, [row.throttledShare], 0.01),
      ];
    });
  const small = rows.filter(({ scenario }) => scenario === 'documentedQuota');
  const looks = small.map(
    ({ vendorCalls: { CancelDataFlowTask = NaN, DescribeDataFlowTasks = NaN } }) =>
      DescribeDataFlowTasks / CancelDataFlowTask,
  );
  const tasks = label(small[0]?.tasks ?? 0);
  return [...goals, atMost(`looks for each ask at the quota CPFS documents, ${tasks} tasks`, looks, 0.05)];
}

function slowGoals(rows: readonly Figures[]): Goal[][] {
  const runs = rows.filter(({ scenario }) => scenario === 'slow');
  const [first] = runs;
  const of = `${label(first?.tasks ?? 0)} tasks that take ${(first?.cancelingMs ?? 0) / 60_000} minutes`;
  return [atMost(`Temporal actions a task, ${of}`, valuesOf(runs, 'actionsPerTask'), 0.2)];
}

function memoryGoals(rows: readonly Figures[]): Goal[][] {
  const sizes = rows.filter(({ scenario }) => scenario === 'match').map(({ tasks }) => tasks);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const peak = (tasks: number) =>
    median(valuesOf(rows.filter(isMatchOf('quiesce', tasks)), 'workerPeakRssMb'));
  const growth = most > least ? (peak(most) ?? NaN) - (peak(least) ?? NaN) : NaN;
  const largestRuns = rows.filter(isMatchOf('quiesce', most));
  const reports = largestRuns.flatMap(({ reportMs }) => (reportMs === undefined ? [] : [reportMs / 1_000]));
  return [
    atMost(`peak Worker memory, ${label(most)} tasks above ${label(least)}, MB`, [growth], 60),
    below(`peak client memory, ${label(most)} tasks, MB`, valuesOf(largestRuns, 'clientPeakRssMb'), 150),
    below(`report of ${label(most)} tasks, s`, reports, 10),
  ];
}

function crashGoals(rows: readonly Figures[]): Goal[][] {
  const runs = rows.filter(({ scenario }) => scenario === 'crash');
  const of = `Worker killed amid ${label(runs[0]?.tasks ?? 0)} tasks`;
  const goesOn = runs.map(({ goesOnAfterMs = Infinity }) => goesOnAfterMs / 1_000);
  return [
    atMost(`second effects, ${of}`, valuesOf(runs, 'secondEffects'), 0),
    atMost(
      `asked again after an answer, ${of}`,
      runs.map(({ askedAgain = Infinity }) => askedAgain),
      0,
    ),
    atMost(`asking again so long after the restart, s, ${of}`, goesOn, 4),
  ];
}

function isMatchOf(contestant: string, tasks: number) {
  return (row: Figures) => row.scenario === 'match' && row.contestant === contestant && row.tasks === tasks;
}

function mainSize(rows: readonly Figures[]): number {
  const sizes = rows.filter(({ scenario, contestant }) => scenario === 'match' && contestant === 'quiesce');
  return Math.max(...sizes.map(({ tasks }) => tasks).filter((tasks) => tasks <= MAIN_TASKS));
}

function longest(rows: readonly Figures[], what: 'events' | 'bytes'): number {
  return Math.max(...rows.map(({ largestHistory }) => largestHistory[what]));
}

const label = (tasks: number) => tasks.toLocaleString('en');

export const atMost = goalOf('<=', (value, limit) => value <= limit);
const atLeast = goalOf('>=', (value, limit) => value >= limit);
export const below = goalOf('<', (value, limit) => value < limit);

/** Judges the median; nothing where nothing was measured. What never came to be took for ever: `Infinity`, which JSON has as null. */
function goalOf(sign: string, holds: (value: number, limit: number) => boolean) {
  return (name: string, values: readonly number[], limit: number): Goal[] => {
    const value = median(values);
    if (value === undefined || Number.isNaN(value) || value === -Infinity) return [];
    const shown = Number(value.toPrecision(4));
    return [
      { name, value: shown, goal: `${sign} ${Number(limit.toPrecision(4))}`, met: holds(shown, limit) },
    ];
  };
}
