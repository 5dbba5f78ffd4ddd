// @ts-check
import { show } from './elements.js';
import { clock, count, inOrder, targetState } from './words.js';

/** The script of index.html before this one. @type {typeof import('uplot')} */
const uPlot = Reflect.get(globalThis, 'uPlot');

const HEIGHT = 220;
/** Beside their colours, lines differ by these. */
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/**
 * Counts of states at moments.
 * @typedef {object} Counts
 * @property {readonly number[]} atMs
 * @property {readonly Readonly<Record<string, number>>[]} counts one for each moment
 */

/**
 * A plot that is drawn anew when it is given something new, when its place changes, or the colours do.
 * @param {HTMLElement} host
 * @param {{ stacked: boolean, noun: string, empty: () => string, signal: AbortSignal }} options stacked bars of what happened from one moment to the next, or lines of how many there were
 */
export function plotIn(host, { stacked, noun, empty, signal }) {
  /** @type {Counts} */
  let shown = { atMs: [], counts: [] };
  /** @type {import('uplot') | undefined} */
  let plot;
  /** The states it has series for. */
  let drawn = '';
  const clear = () => {
    plot?.destroy();
    plot = undefined;
  };
  const draw = () => {
    const total = totalsOf(shown, stacked);
    if (inOrder(total).length === 0) {
      clear();
      host.removeAttribute('role');
      host.removeAttribute('aria-label');
      show(host, Object.assign(document.createElement('p'), { className: 'empty', textContent: empty() }));
      return;
    }
    host.setAttribute('role', 'img');
    host.setAttribute('aria-label', inWords(shown, total, noun));
    const states = inOrder(total).map(([state]) => state);
    const series = seriesOf(shown, states, stacked);
    if (plot !== undefined && states.join() === drawn) return plot.setData(series);
    clear();
    host.replaceChildren();
    drawn = states.join();
    plot = new uPlot(optionsOf(host, states, stacked), series, host);
  };
  const redraw = () => {
    clear();
    draw();
  };
  const width = new ResizeObserver(() => plot?.setSize({ width: host.clientWidth, height: HEIGHT }));
  width.observe(host);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', redraw);
  signal.addEventListener('abort', () => {
    width.disconnect();
    scheme.removeEventListener('change', redraw);
    clear();
  });
  return (/** @type {Counts} */ next) => {
    shown = next;
    draw();
  };
}

/** @param {Counts} shown @param {boolean} stacked */
function totalsOf({ counts }, stacked) {
  if (!stacked) return counts.at(-1) ?? {};
  /** @type {Record<string, number>} */
  const total = {};
  for (const each of counts)
    for (const [state, amount] of Object.entries(each)) total[state] = (total[state] ?? 0) + amount;
  return total;
}

/** @param {Counts} shown @param {Readonly<Record<string, number>>} total @param {string} noun */
function inWords({ atMs }, total, noun) {
  const parts = inOrder(total).map(([state, amount]) => `${targetState(state)} ${count(amount, noun)}`);
  return `From ${clock(atMs[0] ?? 0)} to ${clock(atMs.at(-1) ?? 0)}: ${parts.join(', ')}.`;
}

/**
 * @param {Counts} shown
 * @param {readonly string[]} states
 * @param {boolean} stacked of a stack, the highest is drawn first and the others over it
 * @returns {[xs: number[], ...ys: number[][]]}
 */
function seriesOf({ atMs, counts }, states, stacked) {
  const below = atMs.map(() => 0);
  const ys = states.map((state) =>
    counts.map((each, place) => {
      const own = each[state] ?? 0;
      if (!stacked) return own;
      below[place] = (below[place] ?? 0) + own;
      return below[place] ?? 0;
    }),
  );
  return [atMs.map((ms) => ms / 1_000), ...(stacked ? ys.reverse() : ys)];
}

/**
 * @param {HTMLElement} host
 * @param {readonly string[]} states
 * @param {boolean} stacked
 * @returns {import('uplot').Options}
 */
function optionsOf(host, states, stacked) {
  const style = getComputedStyle(host);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim() || style.color;
  const axis = {
    stroke: colour('quiet'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
  };
  const bars = uPlot.paths.bars?.({ size: [0.8, 60], align: 1 });
  const lines = uPlot.paths.stepped?.({ align: 1 });
  const series = states.map((state, place) => ({
    label: targetState(state),
    stroke: colour(state),
    width: stacked ? 0 : 2,
    dash: stacked ? [] : (DASHES[place % DASHES.length] ?? []),
    points: { show: false },
    ...(stacked
      ? { fill: colour(state), ...(bars !== undefined && { paths: bars }) }
      : lines && { paths: lines }),
  }));
  return {
    width: host.clientWidth,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { range: ({ data: [xs] }, from, to) => [from, stacked ? to + stepOf(xs) : Math.max(to, from + 1)] },
      y: { range: (_, __, most) => [0, Math.max(1, most) * 1.05] },
    },
    axes: [
      { ...axis, values: timeLabels, space: 80, incrs: TIME_STEPS_S },
      { ...axis, size: 64, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] },
    ],
    series: [{}, ...(stacked ? series.reverse() : series)],
  };
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Between two labels of the time axis. */
const TIME_STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
];

/** A bar reaches from its moment to the next. @param {import('uplot').AlignedData[0]} xs */
function stepOf(xs) {
  return (xs[1] ?? 0) - (xs[0] ?? 0);
}

/** @param {import('uplot')} plot @param {number[]} seconds */
function timeLabels({ data: [xs] }, seconds) {
  const spanMs = ((xs.at(-1) ?? 0) - (xs[0] ?? 0)) * 1_000;
  const [from, to] = spanMs > 2 * DAY_MS ? [5, 16] : spanMs > 10 * MINUTE_MS ? [11, 16] : [11, 19];
  return seconds.map((each) => new Date(each * 1_000).toISOString().slice(from, to).replace('T', ' '));
}
