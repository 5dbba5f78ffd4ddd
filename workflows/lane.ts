import {
  addCalls,
  isOutcome,
  NO_CALLS,
  type CallCounts,
  type Held,
  type Problem,
  type StateCounts,
  type TargetChange,
  type TargetRow,
  type TargetState,
} from '../contract/campaign.js';
import type {
  LaneHeartbeat,
  LaneInput,
  LaneOrders,
  LaneReport,
  LaneRows,
  Survey,
} from '../contract/campaign-lane.js';
import { cancelWorkflowId, parseTargetPath, type TaskRef } from '../contract/task.js';
import { protection } from './protection.js';

/** All that a lane knows; it goes along when its history continues as new. */
export interface Lane {
  readonly input: LaneInput;
  /** Undefined until they are loaded. */
  targets?: readonly string[];
  rows: TargetRow[];
  calls: CallCounts;
  orders?: LaneOrders;
  /** The newest orders for which the allowance of failures is used up. */
  exhausted?: number;
  /** How many had failed when its orders came: what they allow counts from there. */
  failuresAtOrders?: number;
  /** Epoch milliseconds: until then nothing is asked. */
  heldUntilMs?: number;
  held?: Held;
  /** How often it was held, with nothing done in between. */
  holds?: number;
  /** At that rate, the next ask is made no earlier (epoch milliseconds). */
  paced?: { readonly callsPerSecond: number | undefined; readonly notBeforeMs: number };
  isLate?: boolean;
  /** Since when the asked ones are waited for, and how often they were asked. */
  waitingSinceMs?: number;
  asks: number;
  /** The newest survey, its letters, and the orders it was made for. */
  survey?: { readonly letters: string; readonly number: number; readonly result: Survey };
  /** Since the last report. */
  problems: Problem[];
  /** The size of this run's history at its beginning. */
  beganWithBytes?: number;
  /** What the campaign was told last. */
  reported?: LaneReport;
}

interface Found {
  readonly changes: readonly TargetChange[];
  readonly calls: CallCounts;
}

const MOST_PROBLEMS = 3;
/** The states of one that was to be asked, once asking is over or not: see {@link leaveUnasked}. */
const UNASKED: ReadonlySet<TargetState> = new Set(['waiting', 'left-alone', 'unproven']);

export function newLane(input: LaneInput): Lane {
  // They count from the beginning, also if nobody ever says which they are.
  const rows = Array.from({ length: input.targets }, (): TargetRow => ({ state: 'waiting' }));
  const lane: Lane = { input, rows, calls: NO_CALLS, asks: 0, problems: [] };
  // The campaign takes it to be so from the beginning.
  return { ...lane, reported: toReport(lane) };
}

export function load(lane: Lane, targets: readonly string[]): void {
  const { protect = [], provider, connection } = lane.input;
  const isProtected = protection(protect);
  lane.targets = targets;
  lane.rows = targets.map((path) => ({
    state: isProtected(`${provider}://${connection}/${path}`) ? 'protected' : 'waiting',
  }));
}

/**
 * Takes in what an Activity has found out; `places` are those it was given. If asking was over before the Activity was, those
 * that it gives back as not asked stay so.
 */
export function take(lane: Lane, places: readonly number[], found: Found, nowMs: number): void {
  for (const [index, row] of found.changes) {
    const place = places[index];
    if (place !== undefined) change(lane, place, row, nowMs);
  }
  lane.calls = addCalls(lane.calls, found.calls);
  if (lane.orders?.to === 'stop') leaveUnasked(lane);
  if (lane.orders?.to === 'hold') proveAsked(lane);
}

/**
 * What an ask has found out. Of one that was asked before, and answered, the end may be on its way: a refusal of the repeat, or an
 * error, does not undo what the vendor accepted.
 */
export function takeAsked(lane: Lane, places: readonly number[], found: Found, nowMs: number): void {
  const changes = found.changes.map(([index, row]): TargetChange => {
    const { asks = 0 } = lane.rows[places[index] ?? -1] ?? {};
    const { refused = false, ...rest } = row;
    const isFinal = refused || row.state === 'refused' || row.state === 'errored';
    return [index, asks > 0 && isFinal ? { ...rest, state: 'asked' } : row];
  });
  take(lane, places, { ...found, changes }, nowMs);
}

/** What an attempt that was lost had told; of all the others it may have asked, also if asking was over meanwhile. */
export function takeLost(lane: Lane, places: readonly number[], kept: unknown, nowMs: number): void {
  const told = kept as LaneHeartbeat | undefined;
  if (told?.changes !== undefined) take(lane, places, told, nowMs);
  for (const place of places)
    if (UNASKED.has(lane.rows[place]?.state ?? 'waiting'))
      change(lane, place, { state: 'open', askedAtMs: nowMs }, nowMs);
}

/** What was known of a target stays known, but for what goes with its state; its `asks` are those that were made since. */
export function change(lane: Lane, place: number, row: TargetRow, nowMs: number): void {
  const { refused: _, mask: __, ...before } = lane.rows[place] ?? { state: 'waiting' };
  const asks = (before.asks ?? 0) + (row.asks ?? 0);
  const after: TargetRow = { ...before, ...row, ...(asks > 0 && { asks }) };
  lane.rows[place] = after;
  if (after.state !== 'refused' && after.state !== 'errored') return;
  const { code = after.rawState ?? after.state, message = '' } = after;
  lane.problems = [...lane.problems, { subject: uriOf(lane, place), code, message, atMs: nowMs }].slice(
    -MOST_PROBLEMS,
  );
}

/** Places in some states. */
export function placesIn(lane: Lane, ...states: readonly TargetState[]): number[] {
  return [...lane.rows.keys()].filter((place) => states.includes(lane.rows[place]?.state ?? 'waiting'));
}

/** Those that may be asked now. */
export function toAsk(lane: Lane): number[] {
  const { orders } = lane;
  if (orders?.to !== 'ask' || lane.exhausted === orders.number) return [];
  return placesIn(lane, 'waiting').filter((place) => place < orders.askUpTo);
}

/** Those whose end a look may show. */
export function toProve(lane: Lane): number[] {
  return placesIn(lane, 'open', 'asked', 'answered', 'canceling');
}

/**
 * Asking is over for good: those that were not asked never are. One whose ask was answered was only to be asked again, and may end;
 * one whose ask nobody answered seems never to have been asked, and has no end that is proven.
 */
export function leaveUnasked(lane: Lane): void {
  for (const place of placesIn(lane, 'waiting')) {
    const { asks = 0, askedAtMs } = lane.rows[place] ?? {};
    const unanswered = askedAtMs === undefined ? 'left-alone' : 'unproven';
    lane.rows[place] = { ...lane.rows[place], state: asks > 0 ? 'asked' : unanswered };
  }
}

/** Under a pause: what was asked, and only waits to be asked again, is looked at like the others. */
export function proveAsked(lane: Lane): void {
  for (const place of placesIn(lane, 'waiting')) {
    const row = lane.rows[place];
    if (row?.asks !== undefined) lane.rows[place] = { ...row, state: 'asked' };
  }
}

/** Waiting is over: nothing is proven of those that have not ended. */
export function giveUp(lane: Lane): void {
  leaveUnasked(lane);
  for (const place of [...toProve(lane), ...placesIn(lane, 'blocked')])
    lane.rows[place] = { ...lane.rows[place], state: 'unproven' };
}

export function fail(
  lane: Lane,
  places: readonly number[],
  code: string,
  message: string,
  nowMs: number,
): void {
  for (const place of places)
    change(lane, place, { state: 'errored', code, message: message.slice(0, 200) }, nowMs);
}

export function hasEnded(lane: Lane): boolean {
  return lane.rows.every(({ state }) => isOutcome(state));
}

/** How many more may fail under its orders; below 0, asking is over for them. */
export function failuresLeft(lane: Lane): number {
  const { failuresAllowed = Infinity } = lane.orders ?? {};
  return failuresAllowed - (countFailures(lane) - (lane.failuresAtOrders ?? 0));
}

/** How many have failed, or were refused and a look has yet to confirm it. */
export function countFailures(lane: Lane): number {
  return placesIn(lane, 'refused', 'errored').length + countUnconfirmed(lane);
}

function countUnconfirmed({ rows }: Lane): number {
  return rows.filter(({ refused }) => refused === true).length;
}

export function countStates({ rows }: Lane): StateCounts {
  const counts: StateCounts = {};
  for (const { state } of rows) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export function toReport(lane: Lane): LaneReport {
  const { input, orders, held, problems, survey, exhausted } = lane;
  const isAsked = orders?.to === 'ask' && toAsk(lane).length === 0 && exhausted !== orders.number;
  const isFinished = isAsked && toProve(lane).length === 0 && placesIn(lane, 'blocked').length === 0;
  const unconfirmed = countUnconfirmed(lane);
  return {
    lane: input.lane,
    ...(isAsked && { asked: orders.number }),
    ...(isFinished && { finished: orders.number }),
    ...(exhausted !== undefined && { exhausted }),
    states: countStates(lane),
    ...(unconfirmed > 0 && { unconfirmed }),
    calls: lane.calls,
    ...(held !== undefined && { held }),
    problems,
    ...(survey !== undefined && { survey: survey.result, surveyed: survey.number }),
  };
}

/** Whether the campaign is to hear of something. */
export function hasNews(lane: Lane): boolean {
  if (lane.orders === undefined || hasEnded(lane)) return false;
  const { asked, finished, exhausted } = toReport(lane);
  const { reported } = lane;
  if (asked !== reported?.asked || finished !== reported?.finished || exhausted !== reported?.exhausted)
    return true;
  const { refused = 0, errored = 0 } = reported?.states ?? {};
  const toldFailures = refused + errored + (reported?.unconfirmed ?? 0);
  return countFailures(lane) - toldFailures > (lane.orders.failuresAllowed ?? Infinity);
}

/** Whether its targets are no longer as the campaign was told; before its first orders, it tells nothing. */
export function hasMoved(lane: Lane): boolean {
  if (lane.orders === undefined) return false;
  const told = lane.reported?.states ?? {};
  const states = Object.entries(countStates(lane)) as [TargetState, number][];
  return states.some(([state, count]) => count !== told[state]);
}

export function toRows(lane: Lane, tokenSeed: string): LaneRows {
  const { lane: number, connection, provider, fields } = lane.input;
  return {
    lane: number,
    connection,
    provider,
    fields,
    tokenSeed,
    targets: lane.targets ?? [],
    rows: lane.rows,
  };
}

export function uriOf({ input, targets }: Lane, place: number): string {
  return `${input.provider}://${input.connection}/${targets?.[place]?.split('?', 1)[0] ?? ''}`;
}

/** The task at a place, for a cancellation of its own. Only what a vendor has answered for is one. */
export function taskAt({ input, targets, rows }: Lane, place: number): { task: TaskRef; workflowId: string } {
  const { provider, connection, fields } = input;
  const task = { provider, connection, ...(parseTargetPath(fields, targets?.[place] ?? '') ?? { ids: {} }) };
  return { task, workflowId: cancelWorkflowId(task, { mask: rows[place]?.mask }) };
}
