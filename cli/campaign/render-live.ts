import { etaMs } from '../../client/eta-ms.js';
import type { CampaignPace, LiveProgress } from '../../client/index.js';
import { onTheWayOf, namedCounts, endedOf, PHASE_WORDS } from '../../client/outcomes.js';
import type { CampaignProgress, ConnectionProgress, Problem } from '../../contract/campaign.js';
import { truncate } from '../live-region.js';
import { columnsOf, type Terminal } from '../terminal.js';
import { count, grouped, plain, timeOfDay, wholeSeconds } from '../text.js';
import { formatRate } from './amounts.js';
import { bar } from './bar.js';
import { outcomeFormat } from './outcome-format.js';
import { wrap } from './wrap.js';

const FRAMES = Array.from('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏');
const ASCII_FRAMES = Array.from('|/-\\');
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
const LONGEST_NAME = 24;
const PROBLEMS_SHOWN = 5;

/** The moment that is drawn. */
export interface Moment {
  readonly nowMs: number;
  readonly pace?: CampaignPace | undefined;
}

/** What is redrawn while a campaign runs. */
export function liveLines(progress: LiveProgress, terminal: Terminal, moment: Moment): string[] {
  const frames = terminal.unicode ? FRAMES : ASCII_FRAMES;
  const frame = frames[Math.floor(moment.nowMs / 100) % frames.length] ?? '';
  const { style } = terminal;
  return [
    `${style('cyan', frame)} ${style('bold', PHASE_WORDS[progress.phase])}  ${headline(progress)}`,
    ...bodyLines(progress, terminal, moment),
    ...problemLines(progress.problems, terminal),
  ];
}

/** Bars, counts, pace and what is held: the same while watching and in `status`. */
export function bodyLines(progress: LiveProgress, terminal: Terminal, moment: Moment): string[] {
  const width = columnsOf(terminal.out);
  const separator = terminal.unicode ? ' · ' : ', ';
  const wrapped = (pieces: readonly string[]) => wrap(pieces, { width, separator, indent: '  ' });
  const note = progress.note === undefined ? [] : [`  ${terminal.style('yellow', plain(progress.note))}`];
  return [
    ...note,
    ...connectionLines(progress.connections, terminal, width),
    ...wrapped(countPieces(progress, terminal)),
    ...wrapped(pacePieces(progress, moment)),
    ...troubles(progress).map((trouble) => `  ${terminal.style('yellow', `! ${trouble}`)}`),
  ];
}

/** Which campaign, how large, and how far its wave goes. */
export function headline({ id, targets, wave }: CampaignProgress): string {
  const upTo = wave === undefined ? '' : `, wave ${wave.number} of ${wave.of} up to ${grouped(wave.upTo)}`;
  return `${id}  ${count(targets, 'target')}${upTo}`;
}

/** A bar each; where the terminal is too narrow for all of it, the numbers go first, then the bar. */
function connectionLines(
  connections: readonly ConnectionProgress[],
  { unicode }: Terminal,
  width: number,
): string[] {
  const names = connections.map(({ connection }) => truncate(connection, LONGEST_NAME));
  const nameWidth = Math.max(0, ...names.map((name) => name.length));
  const figures = connections.map(
    ({ states, targets }) => `${grouped(endedOf(states))} of ${grouped(targets)}`,
  );
  const figureWidth = Math.max(0, ...figures.map((figure) => figure.length));
  const room = width - 2 - nameWidth - 2 - 2 - 4;
  const withFigures = room - 2 - figureWidth >= NARROWEST_BAR;
  const barWidth = Math.min(WIDEST_BAR, withFigures ? room - 2 - figureWidth : room);
  return connections.map(({ states, targets }, index) => {
    const done = endedOf(states);
    const doing = onTheWayOf(states);
    const drawn = barWidth < NARROWEST_BAR ? [] : [bar({ done, doing, of: targets }, barWidth, unicode)];
    const figure = withFigures ? [(figures[index] ?? '').padStart(figureWidth)] : [];
    return `  ${[(names[index] ?? '').padEnd(nameWidth), ...drawn, percent(done, targets), ...figure].join('  ')}`;
  });
}

/** 100 % only when nothing is left. */
function percent(done: number, of: number): string {
  return `${of === 0 ? 100 : Math.floor((done / of) * 100)}%`.padStart(4);
}

function countPieces({ states }: CampaignProgress, { style }: Terminal): string[] {
  return namedCounts(states).map(({ state, words, count: amount }) => {
    const format = outcomeFormat(state);
    return `${format === undefined ? words : style(format, words)} ${grouped(amount)}`;
  });
}

function pacePieces(progress: CampaignProgress, { nowMs, pace }: Moment): string[] {
  const { calls, callsPerSecond, deadlineAtMs, phase, wave: { nextAtMs } = {} } = progress;
  const eta = pace?.etaMs ?? etaMs(progress, nowMs);
  return [
    phase === 'running' && pace?.asksPerSecond ? `asks ${formatRate(pace.asksPerSecond)}` : undefined,
    callsPerSecond === undefined ? undefined : `at most ${formatRate(callsPerSecond)} a connection`,
    eta === null || phase === 'ended' ? undefined : `about ${wholeSeconds(eta)} left`,
    nextAtMs === undefined ? undefined : `the next wave begins in ${wholeSeconds(nextAtMs - nowMs)}`,
    count(calls.asks, 'cancel call'),
    count(calls.looks, 'look'),
    calls.throttled === 0 ? undefined : `${grouped(calls.throttled)} throttled`,
    deadlineAtMs === undefined || phase === 'ended'
      ? undefined
      : `deadline in ${wholeSeconds(deadlineAtMs - nowMs)}`,
  ].filter((piece) => piece !== undefined);
}

const HELD_WORDS = {
  throttled: 'throttled',
  unavailable: 'the vendor cannot be reached',
  unauthenticated: 'the credential is not accepted',
  denied: 'a permission is missing',
} as const satisfies Record<NonNullable<ConnectionProgress['held']>['kind'], string>;

/** Why a connection's asks wait, in a sentence. */
export function heldSentence({ connection, held }: ConnectionProgress): string | undefined {
  if (held === undefined) return undefined;
  const { kind, code, message, retryAfterMs } = held;
  return `${connection} is held: ${HELD_WORDS[kind]}, ${plain(code)}: ${plain(message)} (next try in ${wholeSeconds(retryAfterMs)} or later)`;
}

/** What keeps it from going on at the moment, in sentences; the same trouble of many lanes is one. */
export function troubles(progress: LiveProgress): string[] {
  const { connections, stalled } = progress;
  const failures = stalled.map(
    ({ code, message }) => `${plain(code)}: ${plain(message)}; it is tried again by itself`,
  );
  return [
    ...whoIsAway(progress),
    ...connections.flatMap((connection) => heldSentence(connection) ?? []),
    ...new Set(failures),
  ];
}

function whoIsAway({ noWorker, noTemporal }: LiveProgress): string[] {
  if (noTemporal === true) return ['Temporal does not answer; this is how it was when it did last.'];
  return noWorker === true ? ['No Worker answers; it goes on once one runs (`quiesce worker`).'] : [];
}

/** The newest few, the newest first. */
export function problemLines(problems: readonly Problem[], { style }: Terminal): string[] {
  if (problems.length === 0) return [];
  const newest = problems.slice(-PROBLEMS_SHOWN).reverse();
  return [`  ${style('bold', 'Newest problems')}`, ...newest.map((problem) => `  ${problemText(problem)}`)];
}

/** When, what, and the vendor's code and words. */
export function problemText({ subject, code, message, atMs }: Problem): string {
  const at = timeOfDay(new Date(atMs).toISOString());
  return `${at}  ${plain(subject)}  ${plain(code)}: ${plain(message)}`;
}
