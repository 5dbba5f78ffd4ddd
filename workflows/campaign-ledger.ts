import {
  addCalls,
  addStates,
  isOutcome,
  NO_CALLS,
  type Amount,
  type CallCounts,
  type CampaignEnd,
  type CampaignOptions,
  type CampaignPhase,
  type Held,
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
  /** It is being started: orders would not reach it, and are for when it can hear. */
  isOpening?: boolean;
  hasEnded?: boolean;
  isDiscarded?: boolean;
}

/** All that a campaign knows. */
export interface CampaignLedger {
  readonly options: CampaignOptions;
  readonly createdAtMs: number;
  phase: CampaignPhase;
  lanes: LaneEntry[];
  /** All lanes are to look at their targets. */
  isSurveying: boolean;
  plan?: Plan;
  startedAtMs?: number;
  isPaused: boolean;
  /** Asking is over for good. */
  stopping?: { readonly end: Exclude<CampaignEnd, 'done' | 'expired' | 'refused'>; readonly note: string };
  note?: string;
  /** How many lanes of a connection may ask at a time; see {@link SEATS}. */
  seats: number;
  /** From 0. */
  wave: number;
  /** In a pause between waves: when the next one begins, in epoch milliseconds. */
  nextWaveAtMs?: number;
  callsPerSecond?: number;
  problems: Problem[];
  /** Of the newest orders. */
  orderNumber: number;
  /** That lanes have sent. */
  reports: number;
}

/**
 * Where a Worker's last lane has asked all, its share of the quota is idle until others have it: with four lanes that ask at a time, 10,000
 * targets at 200 calls a second on three Workers lost two seconds by that, with eight half a second. Campaigns of before have four.
 */
export const SEATS = { now: 8, before: 4 } as const;
const MOST_PROBLEMS = 10;

export function newLedger(options: CampaignOptions, nowMs: number): CampaignLedger {
  return {
    options,
    createdAtMs: nowMs,
    phase: 'gathering',
    lanes: [],
    isSurveying: false,
    isPaused: false,
    seats: SEATS.now,
    wave: 0,
    ...(options.callsPerSecond !== undefined && { callsPerSecond: options.callsPerSecond }),
    problems: [],
    orderNumber: 0,
    reports: 0,
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
  ledger.reports += 1;
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
export function laneFailed(entry: LaneEntry): void {
  const states: StateCounts = {};
  for (const [state, count] of statesOf(entry)) {
    const after = isOutcome(state) ? state : 'errored';
    states[after] = (states[after] ?? 0) + count;
  }
  const { unconfirmed: _, ...report } = entry.report;
  entry.report = { ...report, states };
  entry.hasEnded = true;
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

/** The lanes of one connection, and why nothing is asked on it for now. */
export interface ConnectionLanes {
  readonly connection: string;
  readonly provider: string;
  readonly lanes: readonly LaneEntry[];
  readonly held: Held | undefined;
}

export function byConnection(ledger: CampaignLedger): ConnectionLanes[] {
  const names = new Set(lanesOf(ledger).map(({ connection }) => connection));
  return [...names].map((connection) => {
    const lanes = lanesOf(ledger, connection);
    const held = lanes.findLast(({ report, hasEnded }) => hasEnded !== true && report.held !== undefined);
    return { connection, provider: lanes[0]?.provider ?? '', lanes, held: held?.report.held };
  });
}

export function countStates(lanes: readonly LaneEntry[]): StateCounts {
  return lanes.map(({ report }) => report.states).reduce(addStates, {});
}

export function countCalls(lanes: readonly LaneEntry[]): CallCounts {
  return lanes.map(({ report }) => report.calls).reduce(addCalls, NO_CALLS);
}

/** 29 % of a hundred are 29, and not what floating point makes of it. */
const ROUNDING = 1e-9;

/** The most failures that are not too many; undefined: no number is. */
export function mostFailures(ledger: CampaignLedger): number | undefined {
  const { errorThreshold } = ledger.options;
  if (errorThreshold === undefined || 'count' in errorThreshold) return errorThreshold?.count;
  return Math.floor(errorThreshold.share * countTargets(lanesOf(ledger)) + ROUNDING);
}

/** A pause or its end counts at once, also while the next wave waits for its time; the Search Attribute follows when that is over. */
export function shownPhase({ phase, isPaused }: CampaignLedger): CampaignPhase {
  if (phase !== 'running' && phase !== 'paused') return phase;
  return isPaused ? 'paused' : 'running';
}

export function countFailures(ledger: CampaignLedger): number {
  const { refused = 0, errored = 0 } = countStates(lanesOf(ledger));
  return refused + errored;
}

/** Refusals that a look has yet to confirm: no failures so far. */
export function countUnconfirmed(ledger: CampaignLedger): number {
  return lanesOf(ledger).reduce((sum, { report }) => sum + (report.unconfirmed ?? 0), 0);
}

/** When the next wave begins, in epoch milliseconds; undefined: it waits for something else. */
export function nextWaveAtMs(ledger: CampaignLedger): number | undefined {
  return ledger.isPaused ? undefined : ledger.nextWaveAtMs;
}

/** How many targets may be asked by the end of each wave, in all. */
export function wavesOf(ledger: CampaignLedger): number[] {
  const total = countTargets(lanesOf(ledger));
  const before = (ledger.options.waves ?? [])
    .map((amount) => amountOf(amount, total))
    .filter((upTo) => upTo < total);
  // Of few targets, shares may come to the same number: nobody is to approve a wave that asks nobody.
  return [...new Set([...before, total])];
}

function amountOf(amount: Amount, total: number): number {
  return Math.ceil('count' in amount ? amount.count : amount.share * total - ROUNDING);
}

function statesOf({ report }: LaneEntry): [TargetState, number][] {
  return Object.entries(report.states) as [TargetState, number][];
}

export function keepProblems(ledger: CampaignLedger, problems: readonly Problem[]): void {
  ledger.problems = [...ledger.problems, ...problems].slice(-MOST_PROBLEMS);
}
