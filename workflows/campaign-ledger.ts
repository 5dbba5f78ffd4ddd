import {
  isOutcome,
  type Amount,
  type CallCounts,
  type CampaignEnd,
  type CampaignOptions,
  type CampaignPhase,
  type OpenLaneRequest,
  type Plan,
  type Problem,
  type StateCounts,
  type TargetState,
} from '../contract/campaign.js';
import type { LaneOrders, LaneReport, LaneResult } from '../contract/campaign-lane.js';

/** A lane, as far as its campaign knows. */
export interface LaneEntry extends Omit<OpenLaneRequest, 'fields'> {
  readonly lane: number;
  /** As it was told last; with `result`, how it ended. */
  report: Omit<LaneReport, 'lane'>;
  orders?: LaneOrders;
  hasEnded?: boolean;
  isDiscarded?: boolean;
}

/** All that a campaign knows. */
export interface CampaignLedger {
  readonly options: CampaignOptions;
  readonly createdAtMs: number;
  phase: CampaignPhase;
  lanes: LaneEntry[];
  /** How many lanes are to be surveyed under: the number of the survey. */
  survey?: number;
  plan?: Plan;
  startedAtMs?: number;
  isPaused: boolean;
  /** Asking is over for good. */
  stopping?: { readonly end: Exclude<CampaignEnd, 'done' | 'expired' | 'refused'>; readonly note: string };
  note?: string;
  /** From 0. */
  wave: number;
  callsPerSecond?: number;
  problems: Problem[];
  /** Of the newest orders. */
  orderNumber: number;
}

/** Lanes of a connection that ask at a time; each has some calls under way. */
const ASKING_AT_ONCE = 4;
/** Those that are held ask nothing, and let others try: one that is held alone is in trouble of its own. */
const MOST_HELD = 8;
const MOST_PROBLEMS = 10;
const SHORTEST_SLICE_MS = 30_000;
const LONGEST_SLICE_MS = 300_000;
/** So many lanes tell of each slice without crowding the campaign's history. */
const LANES_A_SLICE = 20;

export function newLedger(options: CampaignOptions, nowMs: number): CampaignLedger {
  return {
    options,
    createdAtMs: nowMs,
    phase: 'gathering',
    lanes: [],
    isPaused: false,
    wave: 0,
    ...(options.callsPerSecond !== undefined && { callsPerSecond: options.callsPerSecond }),
    problems: [],
    orderNumber: 0,
  };
}

export function openLane(
  ledger: CampaignLedger,
  { connection, provider, targets }: OpenLaneRequest,
): LaneEntry {
  const report = { states: { waiting: targets }, calls: NO_CALLS, problems: [] };
  const entry: LaneEntry = { lane: ledger.lanes.length + 1, connection, provider, targets, report };
  ledger.lanes.push(entry);
  return entry;
}

export function takeReport(ledger: CampaignLedger, { lane, ...report }: LaneReport): void {
  const entry = ledger.lanes[lane - 1];
  if (entry === undefined || entry.hasEnded === true) return;
  entry.report = report;
  keepProblems(ledger, report.problems);
}

export function laneEnded(
  ledger: CampaignLedger,
  entry: LaneEntry,
  { problems, ...result }: LaneResult,
): void {
  entry.report = { ...result, problems: [] };
  entry.hasEnded = true;
  keepProblems(ledger, problems);
}

/** What was proven of its targets stays; the others' stories are lost, and each of them is told as `errored`. */
export function laneFailed(ledger: CampaignLedger, entry: LaneEntry, problem: Problem): void {
  const states: StateCounts = {};
  for (const [state, count] of statesOf(entry)) {
    const after = isOutcome(state) ? state : 'errored';
    states[after] = (states[after] ?? 0) + count;
  }
  entry.report = { ...entry.report, states };
  entry.hasEnded = true;
  keepProblems(ledger, [problem]);
}

/** Lanes that count. */
export function lanesOf(ledger: CampaignLedger, connection?: string): LaneEntry[] {
  return ledger.lanes.filter(
    (entry) => entry.isDiscarded !== true && (connection === undefined || entry.connection === connection),
  );
}

export function countTargets(lanes: readonly LaneEntry[]): number {
  return lanes.reduce((sum, { targets }) => sum + targets, 0);
}

export function countStates(lanes: readonly LaneEntry[]): StateCounts {
  const counts: StateCounts = {};
  for (const entry of lanes)
    for (const [state, count] of statesOf(entry)) counts[state] = (counts[state] ?? 0) + count;
  return counts;
}

export function countCalls(lanes: readonly LaneEntry[]): CallCounts {
  return lanes.reduce(
    (sum, { report: { calls } }) => ({
      asks: sum.asks + calls.asks,
      looks: sum.looks + calls.looks,
      throttled: sum.throttled + calls.throttled,
    }),
    NO_CALLS,
  );
}

/** How many failures are too many; undefined: no number is. */
export function mostFailures(ledger: CampaignLedger): number | undefined {
  const { errorThreshold } = ledger.options;
  return errorThreshold === undefined ? undefined : amountOf(errorThreshold, countTargets(lanesOf(ledger)));
}

export function countFailures(ledger: CampaignLedger): number {
  const { refused = 0, errored = 0 } = countStates(lanesOf(ledger));
  return refused + errored;
}

/** How many targets may be asked by the end of each wave, in all. */
export function wavesOf(ledger: CampaignLedger): number[] {
  const total = countTargets(lanesOf(ledger));
  const before = (ledger.options.waves ?? [])
    .map((amount) => amountOf(amount, total))
    .filter((upTo) => upTo < total);
  return [...before, total];
}

/** Whether all that this wave allows has been asked and proven. */
export function isWaveDone(ledger: CampaignLedger): boolean {
  return grantsOf(ledger).every(
    ([entry, grant]) => grant === 0 || entry.hasEnded === true || isDone(entry, grant),
  );
}

/** Orders that are to be sent now; they count as sent. */
export function dueOrders(ledger: CampaignLedger): { entry: LaneEntry; orders: LaneOrders }[] {
  const due = wantedOrders(ledger).filter(({ entry, orders }) => isNew(entry, orders));
  return due.map(({ entry, orders }) => {
    ledger.orderNumber += 1;
    entry.orders = { ...orders, number: ledger.orderNumber };
    return { entry, orders: entry.orders };
  });
}

type Wanted = { readonly entry: LaneEntry; readonly orders: Omit<LaneOrders, 'number'> };

function wantedOrders(ledger: CampaignLedger): Wanted[] {
  const discarded = ledger.lanes.filter(({ isDiscarded }) => isDiscarded === true);
  const common = { askUpTo: 0, sliceMs: sliceMs(ledger) };
  const wanted: Wanted[] = discarded.map((entry) => ({ entry, orders: { ...common, to: 'discard' } }));
  const live = lanesOf(ledger).filter(({ hasEnded }) => hasEnded !== true);
  if (ledger.stopping !== undefined) {
    const orders = { ...common, ...deadline(ledger), to: 'stop' as const };
    return [...wanted, ...live.map((entry) => ({ entry, orders }))];
  }
  if (ledger.survey !== undefined)
    return [...wanted, ...live.map((entry) => ({ entry, orders: { ...common, to: 'survey' as const } }))];
  if (ledger.startedAtMs === undefined) return wanted;
  return [...wanted, ...toAskNow(ledger)];
}

function toAskNow(ledger: CampaignLedger): Wanted[] {
  const granted = grantsOf(ledger).filter(([entry, grant]) => entry.hasEnded !== true && grant > 0);
  if (ledger.isPaused) {
    // Also one that has asked all: what an ask had no effect on would be asked again.
    const asking = granted.filter(([{ orders }]) => orders?.to === 'ask');
    const hold = { askUpTo: 0, sliceMs: sliceMs(ledger), ...deadline(ledger), to: 'hold' as const };
    return asking.map(([entry]) => ({ entry, orders: hold }));
  }
  const toAsk = granted.filter(([entry, grant]) => !isAsked(entry, grant));
  const seated = seatedOf(toAsk.map(([entry]) => entry));
  return toAsk.flatMap(([entry, grant]) => {
    // After a pause, one that only proves takes nobody's seat.
    if (!seated.has(entry) && isToAsk(entry)) return [];
    const neighbours = [...seated].filter(({ connection }) => connection === entry.connection).length;
    return [{ entry, orders: askOrders(ledger, grant, Math.max(1, neighbours)) }];
  });
}

/** Those that may ask at a time: a few of each connection. */
function seatedOf(entries: readonly LaneEntry[]): Set<LaneEntry> {
  const seats = new Map<string, { free: number; held: number }>();
  return new Set(
    entries.filter((entry) => {
      const left = seats.get(entry.connection) ?? { free: ASKING_AT_ONCE, held: MOST_HELD };
      seats.set(entry.connection, left);
      const kind = entry.report.held !== undefined && left.held > 0 ? 'held' : 'free';
      if (!isToAsk(entry) || left[kind] === 0) return false;
      left[kind] -= 1;
      return true;
    }),
  );
}

function isToAsk({ report }: LaneEntry): boolean {
  return (report.states.waiting ?? 0) > 0;
}

/** @param sharers how many lanes of the connection ask at a time, and share the rate. */
function askOrders(ledger: CampaignLedger, askUpTo: number, sharers: number): Omit<LaneOrders, 'number'> {
  const most = mostFailures(ledger);
  const { callsPerSecond } = ledger;
  return {
    to: 'ask',
    askUpTo,
    sliceMs: sliceMs(ledger),
    ...(callsPerSecond !== undefined && { callsPerSecond: callsPerSecond / sharers }),
    ...(most !== undefined && {
      failuresAllowed: Math.max(0, Math.floor((most - countFailures(ledger)) / ASKING_AT_ONCE)),
    }),
    ...deadline(ledger),
  };
}

/** A change of the allowance alone is no news: it is renewed when it is used up. */
function isNew({ orders: before, report }: LaneEntry, orders: Omit<LaneOrders, 'number'>): boolean {
  if (before === undefined) return true;
  if (before.to !== orders.to) return true;
  if (orders.to === 'survey') return false;
  return (
    before.askUpTo !== orders.askUpTo ||
    before.callsPerSecond !== orders.callsPerSecond ||
    before.deadlineAtMs !== orders.deadlineAtMs ||
    (orders.to === 'ask' && report.exhausted === before.number)
  );
}

/** Each lane with how many of its targets this wave allows to ask. */
function grantsOf(ledger: CampaignLedger): [LaneEntry, number][] {
  const upTo = wavesOf(ledger)[ledger.wave] ?? 0;
  let before = 0;
  return lanesOf(ledger).map((entry) => {
    const grant = Math.min(Math.max(0, upTo - before), entry.targets);
    before += entry.targets;
    return [entry, grant];
  });
}

function isAsked({ orders, report }: LaneEntry, grant: number): boolean {
  return orders?.to === 'ask' && orders.askUpTo === grant && report.asked === orders.number;
}

function isDone({ orders, report }: LaneEntry, grant: number): boolean {
  return orders?.to === 'ask' && orders.askUpTo === grant && report.finished === orders.number;
}

function amountOf(amount: Amount, total: number): number {
  return 'count' in amount ? amount.count : Math.ceil(amount.share * total);
}

function deadline({ startedAtMs, options }: CampaignLedger): Pick<LaneOrders, 'deadlineAtMs'> {
  const { deadlineAfterMs } = options;
  return startedAtMs === undefined || deadlineAfterMs === undefined
    ? {}
    : { deadlineAtMs: startedAtMs + deadlineAfterMs };
}

function sliceMs(ledger: CampaignLedger): number {
  const share = (SHORTEST_SLICE_MS * lanesOf(ledger).length) / LANES_A_SLICE;
  return Math.min(LONGEST_SLICE_MS, Math.max(SHORTEST_SLICE_MS, Math.round(share)));
}

function statesOf({ report }: LaneEntry): [TargetState, number][] {
  return Object.entries(report.states) as [TargetState, number][];
}

function keepProblems(ledger: CampaignLedger, problems: readonly Problem[]): void {
  ledger.problems = [...ledger.problems, ...problems].slice(-MOST_PROBLEMS);
}

const NO_CALLS: CallCounts = { asks: 0, looks: 0, throttled: 0 };
