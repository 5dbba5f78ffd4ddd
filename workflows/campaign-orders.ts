import type { LaneOrders } from '../contract/campaign-lane.js';
import {
  countFailures,
  countUnconfirmed,
  lanesOf,
  mostFailures,
  wavesOf,
  type CampaignLedger,
  type LaneEntry,
} from './campaign-ledger.js';

/** Lanes of a connection that ask at a time, where they share a rate or an allowance of failures: each that comes or goes is news for the others. */
const FEW_AT_ONCE = 4;
/** Those that are held ask nothing, and let others try: one that is held alone is in trouble of its own. */
const MOST_HELD = 8;
const SHORTEST_SLICE_MS = 30_000;
const LONGEST_SLICE_MS = 300_000;
/** So many lanes tell of each slice without crowding the campaign's history. */
const LANES_A_SLICE = 20;
/** After so many reports slices are twice as long, and so on: Temporal takes 10,000 Signals, and a campaign may last for days. */
const REPORTS_A_LENGTH = 1_000;

/** Whether all that this wave allows has been asked and proven. */
export function isWaveDone(ledger: CampaignLedger): boolean {
  return grantsOf(ledger).every(
    ([entry, grant]) => grant === 0 || entry.hasEnded === true || isDone(entry, grant),
  );
}

/** Orders that are to be sent now; they count as sent. */
export function dueOrders(ledger: CampaignLedger): { entry: LaneEntry; orders: LaneOrders }[] {
  // While some may fail, and else once it is known which of the refusals are failures.
  const mayRenew = failuresLeft(ledger) > 0 || countUnconfirmed(ledger) === 0;
  const due = wantedOrders(ledger).filter(({ entry, orders }) => {
    if (entry.isOpening === true) return false;
    // Whatever else is new: with new orders it would go on.
    return isUsedUp(entry, orders) ? mayRenew : isNew(entry, orders);
  });
  return due.map(({ entry, orders }) => {
    ledger.orderNumber += 1;
    entry.orders = { ...orders, number: ledger.orderNumber };
    return { entry, orders: entry.orders };
  });
}

type Wanted = { readonly entry: LaneEntry; readonly orders: Omit<LaneOrders, 'number'> };

function wantedOrders(ledger: CampaignLedger): Wanted[] {
  const discarded = ledger.lanes.filter(({ isDiscarded, hasEnded }) => isDiscarded === true && !hasEnded);
  const common = { askUpTo: 0, sliceMs: sliceMs(ledger) };
  const wanted: Wanted[] = discarded.map((entry) => ({ entry, orders: { ...common, to: 'discard' } }));
  const live = lanesOf(ledger).filter(({ hasEnded }) => hasEnded !== true);
  if (ledger.stopping !== undefined) {
    const orders = { ...common, ...deadline(ledger), to: 'stop' as const };
    return [...wanted, ...live.map((entry) => ({ entry, orders }))];
  }
  if (ledger.isSurveying)
    return [...wanted, ...live.map((entry) => ({ entry, orders: { ...common, to: 'survey' as const } }))];
  if (ledger.startedAtMs === undefined) return wanted;
  return [...wanted, ...toAskNow(ledger)];
}

function toAskNow(ledger: CampaignLedger): Wanted[] {
  const granted = grantsOf(ledger).filter(([entry, grant]) => entry.hasEnded !== true && grant > 0);
  if (ledger.isPaused) {
    // Also one that has asked all: what an ask had no effect on would be asked again.
    const asking = granted.filter(([{ orders }]) => orders?.to === 'ask' || orders?.to === 'hold');
    const hold = { askUpTo: 0, sliceMs: sliceMs(ledger), ...deadline(ledger), to: 'hold' as const };
    return asking.map(([entry]) => ({ entry, orders: hold }));
  }
  const slice = sliceMs(ledger);
  const toAsk = granted.filter(
    ([entry, grant]) => !isAsked(entry, grant) || (entry.orders?.sliceMs ?? slice) < slice,
  );
  const seated = seatedOf(
    ledger,
    toAsk.map(([entry]) => entry),
  );
  const mostSeated = Math.min(seatsOf(ledger), lanesOf(ledger).length);
  const asking = toAsk
    .map(([entry]) => entry)
    .filter((entry) => seated.has(entry) || sharesRate(ledger, entry));
  return toAsk.flatMap(([entry, grant]) => {
    // After a pause, one that only proves takes nobody's seat.
    if (!asking.includes(entry) && isToAsk(entry)) return [];
    const neighbours = asking.filter(({ connection }) => connection === entry.connection).length;
    const sharers = { ofRate: roundUp(neighbours), ofAllowance: Math.max(mostSeated, seated.size) };
    return [{ entry, orders: askOrders(ledger, grant, sharers) }];
  });
}

/** Many come and go one by one: not each of them is to be news for all the others. */
function roundUp(sharers: number): number {
  return sharers <= FEW_AT_ONCE ? Math.max(1, sharers) : 2 ** Math.ceil(Math.log2(sharers));
}

/** One that has asked all and is to ask some again, which it does without a seat. */
function sharesRate({ callsPerSecond }: CampaignLedger, entry: LaneEntry): boolean {
  return callsPerSecond !== undefined && entry.orders?.to === 'ask' && isToAsk(entry);
}

function seatsOf({ callsPerSecond, options, seats }: CampaignLedger): number {
  return callsPerSecond === undefined && options.errorThreshold === undefined ? seats : FEW_AT_ONCE;
}

/** Those that may ask at a time: a few of each connection. */
function seatedOf(ledger: CampaignLedger, entries: readonly LaneEntry[]): Set<LaneEntry> {
  const seats = new Map<string, { free: number; held: number }>();
  return new Set(
    entries.filter((entry) => {
      const left = seats.get(entry.connection) ?? { free: seatsOf(ledger), held: MOST_HELD };
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

/** How many lanes ask at a time: of a connection, which share the rate, and of all. */
interface Sharers {
  readonly ofRate: number;
  readonly ofAllowance: number;
}

function askOrders(ledger: CampaignLedger, askUpTo: number, sharers: Sharers): Omit<LaneOrders, 'number'> {
  const left = failuresLeft(ledger);
  const { callsPerSecond } = ledger;
  return {
    to: 'ask',
    askUpTo,
    sliceMs: sliceMs(ledger),
    ...(callsPerSecond !== undefined && { callsPerSecond: callsPerSecond / sharers.ofRate }),
    ...(left !== Infinity && { failuresAllowed: Math.max(0, Math.floor(left / sharers.ofAllowance)) }),
    ...deadline(ledger),
  };
}

/** Infinity: no number is too many. Refusals that are yet to be confirmed count. */
function failuresLeft(ledger: CampaignLedger): number {
  const most = mostFailures(ledger) ?? Infinity;
  return most - countFailures(ledger) - countUnconfirmed(ledger);
}

/** Whether as many have failed as its orders allow. */
function isUsedUp({ orders: before, report }: LaneEntry, { to }: Omit<LaneOrders, 'number'>): boolean {
  return to === 'ask' && before !== undefined && report.exhausted === before.number;
}

/** A change of the allowance alone is no news. */
function isNew(entry: LaneEntry, orders: Omit<LaneOrders, 'number'>): boolean {
  const { orders: before } = entry;
  if (before === undefined) return true;
  if (before.to !== orders.to) return true;
  if (orders.to === 'survey') return false;
  return (
    before.askUpTo !== orders.askUpTo ||
    // Of the rate, one that has nothing to ask need not hear.
    (isToAsk(entry) && before.callsPerSecond !== orders.callsPerSecond) ||
    before.deadlineAtMs !== orders.deadlineAtMs ||
    before.sliceMs < orders.sliceMs
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

function deadline({ startedAtMs, options }: CampaignLedger): Pick<LaneOrders, 'deadlineAtMs'> {
  const { deadlineAfterMs } = options;
  return startedAtMs === undefined || deadlineAfterMs === undefined
    ? {}
    : { deadlineAtMs: startedAtMs + deadlineAfterMs };
}

function sliceMs(ledger: CampaignLedger): number {
  const share = (SHORTEST_SLICE_MS * lanesOf(ledger).length) / LANES_A_SLICE;
  const slice = Math.min(LONGEST_SLICE_MS, Math.max(SHORTEST_SLICE_MS, Math.round(share)));
  return slice * 2 ** Math.floor(ledger.reports / REPORTS_A_LENGTH);
}
