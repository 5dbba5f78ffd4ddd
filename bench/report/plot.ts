import { CONTESTANTS, type ContestantId } from '../contestants.js';
import { median, type Figures } from './figures.js';

const WIDTH = 760;
const HEIGHT = 420;
const AREA = { left: 64, right: 520, top: 48, bottom: 368 };
const LABEL_HEIGHT = 18;

/** Told apart by colour and by the label at the line's end; each is readable on white and on black. */
const COLOURS: Readonly<Record<ContestantId, string>> = {
  quiesce: '#2f81f7',
  floor: '#8b949e',
  slots: '#bf8700',
  perTask: '#2da44e',
  slidingWindow: '#bf3989',
};

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 12px; fill: #57606a }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d } }`;

interface Point {
  readonly tasks: number;
  readonly speed: number;
}

interface Line {
  readonly contestant: ContestantId;
  readonly points: readonly Point[];
}

/** Tasks a second by number of tasks, both on logarithmic scales, as an SVG. The same rows give the same text. */
export function plotSpeeds(rows: readonly Figures[]): string {
  const lines = linesOf(rows);
  const points = lines.flatMap((line) => line.points);
  const x = scale(powersAround(points.map(({ tasks }) => tasks)), AREA.left, AREA.right);
  const y = scale(powersAround(points.map(({ speed }) => speed)), AREA.bottom, AREA.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Tasks a second by number of tasks">`,
    `<style>${STYLE}\n</style>`,
    text(AREA.left, 24, 'Tasks canceled and proven a second'),
    ...x.ticks.flatMap((tick) => [
      rule(x.at(tick), AREA.top, x.at(tick), AREA.bottom),
      text(x.at(tick), AREA.bottom + 20, tick.toLocaleString('en'), 'class="small" text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      rule(AREA.left, y.at(tick), AREA.right, y.at(tick)),
      text(AREA.left - 8, y.at(tick) + 4, tick.toLocaleString('en'), 'class="small" text-anchor="end"'),
    ]),
    text((AREA.left + AREA.right) / 2, HEIGHT - 12, 'tasks in one run', 'class="small" text-anchor="middle"'),
    ...lines.map((line) => drawn(line, x.at, y.at)),
    ...labels(lines, x.at, y.at),
    '</svg>\n',
  ].join('\n');
}

function linesOf(rows: readonly Figures[]): Line[] {
  const match = rows.filter(({ scenario }) => scenario === 'match');
  const contestants = [...new Set(match.map(({ contestant }) => contestant))];
  return contestants.map((contestant) => {
    const runs = match.filter((row) => row.contestant === contestant);
    const sizes = [...new Set(runs.map(({ tasks }) => tasks))].sort((one, other) => one - other);
    const speedAt = (tasks: number) =>
      median(runs.filter((row) => row.tasks === tasks).map(({ tasksPerSecond }) => tasksPerSecond)) ?? NaN;
    return { contestant, points: sizes.map((tasks) => ({ tasks, speed: speedAt(tasks) })) };
  });
}

/** The powers of ten from the one below the smallest value to the one above the largest. */
function powersAround(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(Math.log10);
  const [from, to] = [Math.floor(least ?? 0), Math.ceil(most ?? 0)];
  return Array.from({ length: Math.max(1, to - from) + 1 }, (_none, step) => 10 ** (from + step));
}

function scale(ticks: readonly number[], from: number, to: number) {
  const [first = 1, last = 10] = [ticks[0], ticks.at(-1)];
  const at = (value: number) => from + ((to - from) * Math.log(value / first)) / Math.log(last / first);
  return { ticks, at };
}

type Position = (value: number) => number;

function drawn({ contestant, points }: Line, x: Position, y: Position): string {
  const colour = COLOURS[contestant];
  const path = points.map(({ tasks, speed }) => `${pixels(x(tasks))},${pixels(y(speed))}`).join(' ');
  const dots = points.map(
    ({ tasks, speed }) =>
      `<circle cx="${pixels(x(tasks))}" cy="${pixels(y(speed))}" r="4" fill="${colour}"/>`,
  );
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`;
}

/** At the lines' ends, from top to bottom, moved down where they would touch. */
function labels(lines: readonly Line[], x: Position, y: Position): string[] {
  const ends = lines
    .flatMap(({ contestant, points }) => {
      const end = points.at(-1);
      return end === undefined ? [] : [{ contestant, x: x(end.tasks), y: y(end.speed) }];
    })
    .sort((one, other) => one.y - other.y);
  let lowest = -Infinity;
  return ends.map(({ contestant, ...end }) => {
    lowest = Math.max(end.y + 4, lowest + LABEL_HEIGHT);
    return text(end.x + 10, lowest, CONTESTANTS[contestant].title, `style="fill: ${COLOURS[contestant]}"`);
  });
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${pixels(x)}" y="${pixels(y)}" ${attributes}>${content}</text>`;
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="grid" x1="${pixels(x1)}" y1="${pixels(y1)}" x2="${pixels(x2)}" y2="${pixels(y2)}"/>`;
}

const pixels = (value: number): string => value.toFixed(1);
