import { CONTESTANTS } from '../contestants.js';
import type { Figures, Ratio } from './figures.js';
import type { Goal } from './goals.js';

interface Column {
  readonly title: string;
  readonly text: (row: Figures) => string;
}

const NONE = '–';

const COLUMNS: readonly Column[] = [
  { title: 'scenario', text: ({ scenario }) => scenario },
  { title: 'who', text: ({ contestant }) => CONTESTANTS[contestant].title },
  { title: 'tasks', text: ({ tasks }) => tasks.toLocaleString('en') },
  { title: 'Workers', text: ({ workers }) => (workers === 0 ? NONE : String(workers)) },
  { title: 'wall s', text: ({ wallMs }) => short(wallMs / 1_000) },
  { title: 'tasks/s', text: ({ tasksPerSecond }) => short(tasksPerSecond) },
  { title: 'calls/task', text: ({ vendorCallsPerTask }) => short(vendorCallsPerTask) },
  { title: 'throttled', text: ({ throttledShare }) => `${short(throttledShare * 100)} %` },
  {
    title: 'actions/task',
    text: ({ actionsPerTask, workers }) => onTemporal(workers, short(actionsPerTask)),
  },
  { title: 'events/task', text: ({ eventsPerTask, workers }) => onTemporal(workers, short(eventsPerTask)) },
  {
    title: 'largest history',
    text: ({ largestHistory: { events, bytes }, workers }) =>
      onTemporal(workers, `${events} / ${short(bytes / 1_024)} KB`),
  },
  {
    title: 'server ms/task',
    text: ({ serverCpuMsPerTask, workers }) => onTemporal(workers, short(serverCpuMsPerTask)),
  },
  {
    title: 'Worker ms/task',
    text: ({ workerCpuMsPerTask, workers }) => onTemporal(workers, short(workerCpuMsPerTask)),
  },
  {
    title: 'Worker MB (peak)',
    text: ({ workerRssMb, workerPeakRssMb, workers }) =>
      onTemporal(workers, `${workerRssMb.toFixed(0)} (${workerPeakRssMb.toFixed(0)})`),
  },
  { title: 'client ms/task', text: ({ clientCpuMsPerTask }) => short(clientCpuMsPerTask) },
  { title: 'client MB', text: ({ clientPeakRssMb }) => clientPeakRssMb.toFixed(0) },
];

/** All runs, one a line, as a Markdown table whose columns line up. */
export function runsTable(rows: readonly Figures[]): string {
  return markdown([
    COLUMNS.map(({ title }) => title),
    ...rows.map((row) => COLUMNS.map(({ text }) => text(row))),
  ]);
}

/** How Quiesce compares with each peer at the same number of tasks, by medians. */
export function ratiosTable(ratios: readonly Ratio[]): string {
  return markdown([
    ['against', 'tasks', 'Quiesce is … times as fast', 'vendor calls', 'Temporal actions', 'server CPU'],
    ...ratios.map(({ peer, tasks, speed, calls, actions, serverCpu }) => [
      CONTESTANTS[peer].title,
      tasks.toLocaleString('en'),
      `${short(speed)} ×`,
      ...[calls, actions, serverCpu].map((share) =>
        Number.isFinite(share) ? `÷ ${short(1 / share)}` : NONE,
      ),
    ]),
  ]);
}

export function goalsTable(goals: readonly Goal[]): string {
  return markdown([
    ['goal', 'value', 'wanted', 'met'],
    ...goals.map(({ name, value, goal, met }) => [name, String(value), goal, met ? 'yes' : 'NO']),
  ]);
}

export function markdown([head = [], ...body]: readonly (readonly string[])[]): string {
  const widths = head.map((_title, column) =>
    Math.max(...[head, ...body].map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function onTemporal(workers: number, text: string): string {
  return workers === 0 ? NONE : text;
}

/** Three digits are enough to read. */
export function short(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}
