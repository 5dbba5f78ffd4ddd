import { LEASE_MS, type LeaseNeed, type LeaseRequest, type Share } from '../contract/quota-share.js';
import { waterFill } from './water-fill.js';

/**
 * Who may make how many calls of which operation. Plain JSON, and small: a holder that does not ask is forgotten.
 *
 * The quota is never exceeded in any window: a holder makes at most `burst + rate × time` calls, all grants that may still
 * be in use add up to at most {@link limitsOf} of both, and tokens are neither made nor moved beyond that rate and size.
 */
export interface QuotaLedger {
  /** The latest time it was told; it never goes back. Epoch milliseconds. */
  nowMs: number;
  operations: Record<string, OperationLedger>;
}

export interface OperationLedger {
  quota: LeaseNeed['quota'];
  /** The part of the quota that was left when the vendor throttled last. */
  slowedTo: number;
  slowedAtMs: number;
  /** Nothing is granted until then: the vendor's retry-after. */
  heldUntilMs: number;
  /** Tokens of the rate nobody holds: what a newcomer starts with. */
  pool: number;
  pooledAtMs: number;
  claims: Record<string, Claim>;
  /** The number of the last grant. */
  granted: number;
}

/** One holder's part in one operation. */
export interface Claim {
  quota: LeaseNeed['quota'];
  demand: number;
  askedAtMs: number;
  /** When it was told to. */
  asksAgainAtMs: number;
  /** 0 before its first. */
  grantedAtMs: number;
  /** Every grant it may still act on: the newest, and those whose successor it may not have heard of yet. */
  grants: Grant[];
}

interface Grant {
  readonly number: number;
  readonly callsPerSecond: number;
  readonly burst: number;
  readonly untilMs: number;
}

/** A first share is short, and soon renewed: several that come at once are soon divided by what each turned out to need. */
const FIRST_LEASE_MS = 1_500;
const SOONEST_FIRST_RENEWAL_MS = 250;
const LONGEST_FIRST_LEASE_MS = 2 * LEASE_MS;
const RENEWED = { validForMs: LEASE_MS, askAgainInMs: LEASE_MS / 2 };
/** Where holders take turns. */
const LONGEST_TURN_MS = 5_000;
const ALL_HAD_A_TURN_MS = 15_000;
/** In about this time an answer has come to who asked. */
const ANSWER_MS = 100;
/** Of the quota: what a Worker that was busy for a moment may make up for, and what the rate is less for it. */
const BURST = 0.03;
/** Calls do not all take as long to the vendor: those at the end of one window may come in the next. */
const FULL_PACE = 0.975;
/** Of the rate, kept from those who have a share for those who come, until the pool is full. */
const NEWCOMERS = 0.05;
const SLOW_DOWN = 0.7;
/** Of the quota, a window. */
const RECOVER = 0.05;
const SOONEST_MS = 500;
/** A lease that brings fewer calls is no use: it would end between two. */
const FEWEST_CALLS = 2;
/** Every holder that waits asks within a lease. */
const FORGOTTEN_AFTER_MS = 2 * LEASE_MS;
/** A Worker that has less than it wants may find more soon; at a slow pace, asking would cost more than it brings. */
const CALLS_A_RENEWAL = 100;
const SOONEST_RENEWAL_MS = 1_000;
/** What one of several gives back is lost until the others ask. */
const HURRY_OF_SEVERAL = 2;
/** Who has none tries again by the time its part would have been so many; who has a first share says by then what it needs. */
const CALLS_A_TRY = 50;
/** In about this time a Worker has heard of a smaller share; it then says so if it is smaller by so much of the quota. */
const HEARD_AFTER_MS = 100;
/** When another has said so, who has none tries again: sooner than else, but not before its part would have been so many. */
const KNOWN_AFTER_MS = HEARD_AFTER_MS + 50;
const FEWEST_CALLS_A_TRY = 5;
const WORTH_HEARING = 0.05;
/** Others still hold what is its part: it asks again soon. */
const LESS_THAN_FAIR = 0.9;
/** A call that was given is made at once. */
const CALL_VALID_MS = 2_000;
const NOTHING = { callsPerSecond: 0, burst: 0, startWith: 0, validForMs: LEASE_MS, askAgainInMs: LEASE_MS };

export function newLedger(): QuotaLedger {
  return { nowMs: 0, operations: {} };
}

/** Answers one request, and takes it into the ledger. */
export function lease(ledger: QuotaLedger, request: LeaseRequest, nowMs: number): Record<string, Share> {
  advance(ledger, nowMs);
  const { holder, operations } = request;
  const shares = Object.entries(operations).map(([name, need]): [string, Share] => {
    const operation = (ledger.operations[name] ??= newOperation(need.quota, ledger.nowMs));
    return [name, claim(operation, holder, need, ledger.nowMs)];
  });
  return Object.fromEntries(shares);
}

/** Forgets a holder that will make no more calls. */
export function giveBack(ledger: QuotaLedger, holder: string, nowMs: number): void {
  advance(ledger, nowMs);
  for (const operation of Object.values(ledger.operations)) delete operation.claims[holder];
}

/**
 * The bucket that all holders together may have: in any window, its size and what its rate brings are the quota. Calls are
 * whole, so what is less than one more than the quota is the quota, too. Every holder needs a size of one: where that costs
 * little, there is room for three at once.
 */
export function limitsOf({ calls, perMs }: LeaseNeed['quota']): { callsPerMs: number; burst: number } {
  const burst = Math.max(1, Math.ceil(calls * BURST), Math.min(3, Math.floor(calls / 20)));
  return { burst, callsPerMs: Math.min(calls + 0.95 - burst, calls * FULL_PACE) / perMs };
}

/** The part of the quota in use now. */
export function paceOf({ slowedTo, slowedAtMs, quota }: OperationLedger, nowMs: number): number {
  return Math.min(1, slowedTo + (RECOVER * (nowMs - slowedAtMs)) / quota.perMs);
}

/** When nothing is left of what the vendor said when it throttled: no hold, and no slower pace. */
export function recoveredAtMs({ slowedTo, slowedAtMs, heldUntilMs, quota }: OperationLedger): number {
  return Math.max(heldUntilMs, slowedAtMs + ((1 - slowedTo) / RECOVER) * quota.perMs);
}

/** What a holder may use at most, as far as the ledger knows. */
export function heldBy({ grants }: Claim): { callsPerSecond: number; burst: number } {
  return {
    callsPerSecond: Math.max(0, ...grants.map(({ callsPerSecond }) => callsPerSecond)),
    burst: Math.max(0, ...grants.map(({ burst }) => burst)),
  };
}

function newOperation(quota: LeaseNeed['quota'], nowMs: number): OperationLedger {
  const pool = limitsOf(quota).burst;
  return {
    quota,
    slowedTo: 1,
    slowedAtMs: nowMs,
    heldUntilMs: nowMs,
    pool,
    pooledAtMs: nowMs,
    claims: {},
    granted: 0,
  };
}

/** Lets time pass: grants end, and the pool fills at the rate that is free in each stretch between their ends. */
function advance(ledger: QuotaLedger, toMs: number): void {
  ledger.nowMs = Math.max(ledger.nowMs, toMs);
  for (const operation of Object.values(ledger.operations)) {
    const ends = Object.values(operation.claims).flatMap(({ grants }) =>
      grants.map(({ untilMs }) => untilMs),
    );
    for (const endMs of ends.filter((each) => each <= ledger.nowMs).sort((a, b) => a - b)) {
      fillPool(operation, endMs);
      for (const each of Object.values(operation.claims))
        each.grants = each.grants.filter(({ untilMs }) => untilMs > endMs);
    }
    fillPool(operation, ledger.nowMs);
    for (const [holder, { grants, askedAtMs }] of Object.entries(operation.claims)) {
      if (grants.length === 0 && askedAtMs + FORGOTTEN_AFTER_MS <= ledger.nowMs)
        delete operation.claims[holder];
    }
  }
}

function fillPool(operation: OperationLedger, toMs: number): void {
  const { callsPerMs, burst } = freeFor(operation, undefined, operation.pooledAtMs);
  const passedMs = Math.max(0, toMs - operation.pooledAtMs);
  operation.pool = Math.min(burst, operation.pool + Math.max(0, callsPerMs) * passedMs);
  operation.pooledAtMs = Math.max(operation.pooledAtMs, toMs);
}

/** What is left of the limits when all but one holder use their grants. */
function freeFor(operation: OperationLedger, holder: string | undefined, nowMs: number) {
  const { callsPerMs, burst } = limitsOf(operation.quota);
  const others = Object.entries(operation.claims).filter(([name]) => name !== holder);
  const held = others.map(([, each]) => heldBy(each));
  return {
    callsPerMs: callsPerMs * paceOf(operation, nowMs) - sum(held, 'callsPerSecond') / 1_000,
    burst: Math.max(0, burst - sum(held, 'burst')),
  };
}

function claim(operation: OperationLedger, holder: string, need: LeaseNeed, nowMs: number): Share {
  if (need.throttled !== undefined) slowDown(operation, need.throttled.retryAfterMs, nowMs);
  const { quota, demand, acting = 0 } = need;
  const known = operation.claims[holder];
  if (demand === 0) {
    delete operation.claims[holder];
    return {
      ...NOTHING,
      expectedPerSecond: evenPerSecond(operation, nowMs),
      slowedTo: paceOf(operation, nowMs),
    };
  }
  // Who asks has used, or gives up, what was granted call by call.
  const isInUse = ({ number, callsPerSecond }: Grant) => callsPerSecond > 0 && number >= acting;
  const grants = known?.grants.filter(isInUse) ?? [];
  const { grantedAtMs = 0 } = known ?? {};
  const mine: Claim = { quota, demand, askedAtMs: nowMs, asksAgainAtMs: nowMs, grantedAtMs, grants };
  operation.claims[holder] = mine;
  operation.quota = tightest(Object.values(operation.claims).map((each) => each.quota));

  const share =
    operation.heldUntilMs > nowMs
      ? undefined
      : (rateShare(operation, holder, nowMs) ??
        restOf(operation, holder, nowMs) ??
        callShare(operation, holder, nowMs));
  const answer = share ?? { ...NOTHING, askAgainInMs: nextChanceMs(operation, holder, nowMs) };
  mine.asksAgainAtMs += answer.askAgainInMs;
  return {
    ...answer,
    expectedPerSecond: Math.max(answer.callsPerSecond, evenPerSecond(operation, nowMs)),
    slowedTo: paceOf(operation, nowMs),
  };
}

/** What each would have if all wanted as much. */
function evenPerSecond(operation: OperationLedger, nowMs: number): number {
  const holders = Math.max(1, Object.keys(operation.claims).length);
  return (limitsOf(operation.quota).callsPerMs * paceOf(operation, nowMs) * 1_000) / holders;
}

/**
 * Once a window: the calls that are under way when the vendor begins to throttle tell of the same thing. However often it
 * throttles, 0.117 of the quota is left: what recovers in a window is as much as the next slowing down takes from it.
 */
function slowDown(operation: OperationLedger, retryAfterMs: number, nowMs: number): void {
  operation.heldUntilMs = Math.max(operation.heldUntilMs, nowMs + retryAfterMs);
  const pace = paceOf(operation, nowMs);
  if (operation.slowedTo < 1 && nowMs < operation.slowedAtMs + operation.quota.perMs) return;
  operation.slowedTo = pace * SLOW_DOWN;
  operation.slowedAtMs = nowMs;
}

type Granted = Omit<Share, 'slowedTo' | 'expectedPerSecond'>;

/** A rate, and with a first one what the pool has. Undefined when there is no room, or too little for a call now and then. */
function rateShare(operation: OperationLedger, holder: string, nowMs: number): Granted | undefined {
  if (!isItsTurn(operation, holder)) return undefined;
  const free = freeFor(operation, holder, nowMs);
  const fair = fairShare(operation, holder, nowMs);
  const callsPerMs = Math.min(fair.callsPerMs, free.callsPerMs);
  const burst = Math.min(free.burst, fair.burst);
  if (burst < 1 || callsPerMs * LONGEST_FIRST_LEASE_MS < FEWEST_CALLS) return undefined;
  const isFirst = operation.claims[holder]?.grants.length === 0;
  const startWith = isFirst ? Math.min(operation.pool, burst) : 0;
  const lasts = isFirst
    ? firstLease(operation, callsPerMs, startWith)
    : { ...RENEWED, askAgainInMs: renewInMs(operation, holder, callsPerMs, fair.callsPerMs) };
  const share = { callsPerSecond: callsPerMs * 1_000, burst, startWith, ...lasts };
  return { ...share, number: keepGrant(operation, holder, share, nowMs) };
}

/** Once a share's half is over; sooner where others wait to hear something, or it may soon be more. */
function renewInMs(
  operation: OperationLedger,
  holder: string,
  callsPerMs: number,
  fairCallsPerMs: number,
): number {
  const { grants = [], demand = 0 } = operation.claims[holder] ?? {};
  const before = Math.max(0, ...grants.map(({ callsPerSecond }) => callsPerSecond / 1_000));
  // What it had counts until it is known to have heard that it is less.
  if (before - callsPerMs > limitsOf(operation.quota).callsPerMs * WORTH_HEARING) return HEARD_AFTER_MS;
  if (callsPerMs < fairCallsPerMs * LESS_THAN_FAIR) return SOONEST_MS;
  if (demand / LEASE_MS <= callsPerMs) return RENEWED.askAgainInMs;
  const hurry = Object.keys(operation.claims).length > 1 ? HURRY_OF_SEVERAL : 1;
  const soonMs = Math.max(SOONEST_RENEWAL_MS, CALLS_A_RENEWAL / callsPerMs) / hurry;
  return Math.min(RENEWED.askAgainInMs, soonMs);
}

/**
 * Short, for others may come. While others wait for its room it is a turn: as long as all have theirs soon, and ending when a
 * call was just made, for what is in a bucket when its share ends is lost.
 */
function firstLease(
  operation: OperationLedger,
  callsPerMs: number,
  startWith: number,
): Pick<Share, 'validForMs' | 'askAgainInMs'> {
  const shortestMs = Math.ceil(FEWEST_CALLS / callsPerMs);
  const { waiting, sharing } = queueOf(operation);
  const left = waiting.length - (limitsOf(operation.quota).burst - sharing.length);
  if (left <= 0) {
    const validForMs = Math.max(FIRST_LEASE_MS, shortestMs);
    const soonMs = Math.max(SOONEST_FIRST_RENEWAL_MS, CALLS_A_TRY / callsPerMs);
    return { validForMs, askAgainInMs: Math.min(validForMs / 2, soonMs) };
  }
  const turnMs = Math.max(shortestMs, Math.min(LONGEST_TURN_MS, ALL_HAD_A_TURN_MS / left));
  const calls = Math.floor(startWith + callsPerMs * turnMs);
  const validForMs = Math.ceil((calls - startWith) / callsPerMs) + ANSWER_MS;
  return { validForMs, askAgainInMs: validForMs };
}

/** Where no rate can be given that is worth it, calls are given one by one, to those first that were without for longest. */
function callShare(operation: OperationLedger, holder: string, nowMs: number): Granted | undefined {
  const { waiting } = queueOf(operation);
  const pool = Math.floor(operation.pool);
  if (waiting.indexOf(holder) >= pool) return undefined;
  const calls = Math.max(1, Math.floor(pool / waiting.length));
  const share = { ...NOTHING, burst: calls, startWith: calls, validForMs: CALL_VALID_MS };
  const number = keepGrant(operation, holder, share, nowMs);
  return { ...share, number, askAgainInMs: nextChanceMs(operation, holder, nowMs) };
}

/** A share that cannot be renewed for now is used to its end; a small one until there may be more. */
function restOf(operation: OperationLedger, holder: string, nowMs: number): Granted | undefined {
  const last = operation.claims[holder]?.grants.at(-1);
  if (last === undefined) return undefined;
  const { number, callsPerSecond, burst, untilMs } = last;
  const restMs = untilMs - nowMs;
  const isSmall = callsPerSecond < evenPerSecond(operation, nowMs) * LESS_THAN_FAIR;
  const askAgainInMs = isSmall ? Math.min(restMs, nextChanceMs(operation, holder, nowMs)) : restMs;
  return { number, callsPerSecond, burst, startWith: 0, validForMs: restMs, askAgainInMs };
}

/** Earlier grants that allow no more and end no later can be forgotten; the others still count until they end. */
function keepGrant(operation: OperationLedger, holder: string, share: Granted, nowMs: number): number {
  const number = (operation.granted += 1);
  const mine = operation.claims[holder];
  if (mine === undefined) return number;
  const { callsPerSecond, burst, startWith, validForMs } = share;
  const untilMs = nowMs + validForMs;
  const outlasting = (each: Grant) =>
    each.untilMs > untilMs || each.callsPerSecond > callsPerSecond || each.burst > burst;
  mine.grants = [...mine.grants.filter(outlasting), { number, callsPerSecond, burst, untilMs }];
  mine.grantedAtMs = nowMs;
  operation.pool = Math.min(operation.pool - startWith, freeFor(operation, undefined, nowMs).burst);
  return number;
}

/**
 * More holders than the bucket has room for take turns. Of those without a share go first those that were without for
 * longest, by {@link fairShare}; nobody's share is renewed while others wait for the room.
 */
function isItsTurn(operation: OperationLedger, holder: string): boolean {
  const { sharing, waiting } = queueOf(operation);
  const room = limitsOf(operation.quota).burst - sharing.length;
  return waiting.includes(holder) || waiting.length <= room;
}

/** Who has a share, and who has none, in the order of their turns. */
function queueOf({ claims }: OperationLedger): { sharing: string[]; waiting: string[] } {
  const entries = Object.entries(claims);
  const without = entries.filter(([, { grants }]) => grants.length === 0);
  return {
    sharing: entries.filter(([, { grants }]) => grants.length > 0).map(([name]) => name),
    waiting: without.sort(([, a], [, b]) => a.grantedAtMs - b.grantedAtMs).map(([name]) => name),
  };
}

/**
 * Max-min fair among those that can have a share at once, and none for the others: nobody gets more than asked for while
 * another lacks some. What nobody asked for is spread too, for the next calls are not known yet.
 */
function fairShare(operation: OperationLedger, holder: string, nowMs: number) {
  const limits = limitsOf(operation.quota);
  const { sharing, waiting } = queueOf(operation);
  const names = [...sharing, ...waiting].slice(0, limits.burst);
  const demands = names.map((name) => ({
    name,
    callsPerMs: (operation.claims[name]?.demand ?? 0) / LEASE_MS,
  }));
  // One for who comes.
  const burst = Math.max(1, (limits.burst - 1) / names.length);
  const isPoolFull = operation.pool >= freeFor(operation, holder, nowMs).burst - burst;
  const rate = limits.callsPerMs * paceOf(operation, nowMs) * (isPoolFull ? 1 : 1 - NEWCOMERS);
  return { callsPerMs: waterFill(demands, rate).get(holder) ?? 0, burst };
}

/** In what time a holder without a share may get one: when one ends, when the pool has a call for it, when the hold ends. */
function nextChanceMs(operation: OperationLedger, holder: string, nowMs: number): number {
  const { claims, heldUntilMs, pool } = operation;
  const others = Object.entries(claims).filter(([name]) => name !== holder);
  const ends = others
    .filter(([, { grants }]) => grants.length > 0)
    .map(([, { grants }]) => Math.max(...grants.map(({ untilMs }) => untilMs)) - nowMs)
    .sort((a, b) => a - b);
  const place = Math.max(0, queueOf(operation).waiting.indexOf(holder));
  const missing = place + 1 - pool;
  const filledMs = missing / freeFor(operation, holder, nowMs).callsPerMs;
  const nextMs =
    heldUntilMs > nowMs
      ? heldUntilMs - nowMs
      : Math.min(ends[place] ?? ends.at(-1) ?? Infinity, filledMs > 0 ? filledMs : Infinity);
  const heardMs = knownToShareMs(operation, holder, nowMs);
  return Math.ceil(Math.min(LEASE_MS, Math.max(SOONEST_MS, nextMs), heardMs));
}

/** In what time another that has more than its part will have asked and be known to have given it up; one that is late may be gone. */
function knownToShareMs(operation: OperationLedger, holder: string, nowMs: number): number {
  const even = evenPerSecond(operation, nowMs);
  const known = Object.entries(operation.claims)
    .filter(([name, each]) => name !== holder && heldBy(each).callsPerSecond > even)
    .map(([, { asksAgainAtMs }]) => asksAgainAtMs + KNOWN_AFTER_MS - nowMs)
    .filter((inMs) => inMs > 0);
  const callMs = 1_000 / even;
  return Math.max(FEWEST_CALLS_A_TRY * callMs, Math.min(CALLS_A_TRY * callMs, ...known));
}

/** Workers may have been started with different configs. */
function tightest(quotas: readonly LeaseNeed['quota'][]): LeaseNeed['quota'] {
  return quotas.reduce((a, b) => (b.calls / b.perMs < a.calls / a.perMs ? b : a));
}

function sum<Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return all.reduce((total, each) => total + each[key], 0);
}
