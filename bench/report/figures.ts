import type { ContestantId } from '../contestants.js';
import type { Run } from '../measure/measure-run.js';

/** One line of the table, and one entry of `rows`: a run in figures a task. */
export interface Figures {
  readonly scenario: string;
  readonly contestant: ContestantId;
  readonly tasks: number;
  readonly workers: number;
  readonly cancelingMs: number;
  /** The quota, where there is one. */
  readonly perSecond?: number;
  readonly wallMs: number;
  readonly tasksPerSecond: number;
  /** By operation, a task. */
  readonly vendorCalls: Readonly<Record<string, number>>;
  readonly vendorCallsPerTask: number;
  /** Of all vendor calls. */
  readonly throttledShare: number;
  /** Tasks whose state was changed twice. */
  readonly secondEffects: number;
  readonly actionsPerTask: number;
  readonly eventsPerTask: number;
  readonly largestHistory: { readonly events: number; readonly bytes: number };
  readonly serverCpuMsPerTask: number;
  readonly workerCpuMsPerTask: number;
  readonly workerRssMb: number;
  readonly workerPeakRssMb: number;
  readonly clientCpuMsPerTask: number;
  readonly clientPeakRssMb: number;
  readonly goesOnAfterMs?: number;
  readonly askedAgain?: number;
  readonly reportMs?: number;
}

export function figuresOf(run: Run): Figures {
  const { plan, vendor, histories, crash, reportMs } = run;
  const { tasks } = plan;
  const calls = Object.values(vendor.calls).reduce((total, each) => total + each, 0);
  const perTask = (total: number) => rounded(total / tasks);
  return {
    scenario: plan.scenario,
    contestant: plan.contestant,
    tasks,
    workers: plan.contestant === 'floor' || plan.contestant === 'slots' ? 0 : (plan.workers ?? 1),
    cancelingMs: plan.cancelingMs,
    ...(plan.perSecond !== undefined && { perSecond: plan.perSecond }),
    wallMs: Math.round(run.wallMs),
    tasksPerSecond: rounded(tasks / (run.wallMs / 1_000)),
    vendorCalls: Object.fromEntries(
      Object.entries(vendor.calls).map(([name, count]) => [name, perTask(count)]),
    ),
    vendorCallsPerTask: perTask(calls),
    throttledShare: rounded(vendor.throttled / calls),
    secondEffects: vendor.secondEffects,
    actionsPerTask: perTask(run.actions),
    eventsPerTask: perTask(histories.events),
    largestHistory: histories.largest,
    serverCpuMsPerTask: perTask(run.serverCpuMs),
    workerCpuMsPerTask: perTask(run.workerCpuMs),
    workerRssMb: rounded(run.workerRssMb),
    workerPeakRssMb: rounded(run.workerPeakRssMb),
    clientCpuMsPerTask: perTask(run.clientCpuMs),
    clientPeakRssMb: rounded(run.clientPeakRssMb),
    ...crash,
    ...(reportMs !== undefined && { reportMs: Math.round(reportMs) }),
  };
}

/** Four significant digits: no figure here is better than that. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.length === 0 ? undefined : middle.reduce((total, each) => total + each, 0) / middle.length;
}

/** What Quiesce does and costs as multiples of what a peer does and costs, for the same number of tasks. */
export interface Ratio {
  readonly peer: ContestantId;
  readonly tasks: number;
  readonly speed: number;
  readonly calls: number;
  readonly actions: number;
  readonly serverCpu: number;
}

/** From the medians of the match's runs. */
export function ratios(rows: readonly Figures[]): Ratio[] {
  const match = rows.filter(({ scenario }) => scenario === 'match');
  const of = (who: string, tasks: number, key: NumericKey) =>
    median(
      valuesOf(
        match.filter((row) => row.contestant === who && row.tasks === tasks),
        key,
      ),
    ) ?? NaN;
  const pairs = new Map(
    match
      .filter(({ contestant }) => contestant !== 'quiesce')
      .map((row) => [`${row.contestant} ${row.tasks}`, row]),
  );
  return [...pairs.values()].map(({ contestant: peer, tasks, workers }) => {
    const ratio = (key: NumericKey) => of('quiesce', tasks, key) / of(peer, tasks, key);
    const onTemporal = (key: NumericKey) => (workers === 0 ? NaN : ratio(key));
    return {
      peer,
      tasks,
      speed: ratio('tasksPerSecond'),
      calls: ratio('vendorCallsPerTask'),
      actions: onTemporal('actionsPerTask'),
      serverCpu: onTemporal('serverCpuMsPerTask'),
    };
  });
}

/** A figure that is a plain number. */
export type NumericKey = {
  [Key in keyof Figures]: Figures[Key] extends number ? Key : never;
}[keyof Figures] &
  string;

export function valuesOf(rows: readonly Figures[], key: NumericKey): number[] {
  return rows.map((row) => row[key]);
}
