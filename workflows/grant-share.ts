import { LEASE_MS, type Share } from '../contract/quota-share.js';
import { nextChanceMs, renewInMs, tryAgainInMs } from './ask-again.js';
import type { Grant, OperationLedger } from './quota-ledger.js';
import { limitsOf } from './quota-limits.js';
import { fairShare, freeFor, isItsTurn, queueOf } from './quota-room.js';

export type Granted = Omit<Share, 'slowedTo' | 'expectedPerSecond'>;

/** A first share is short, and soon renewed: several that come at once are soon divided by what each turned out to need. */
const FIRST_LEASE_MS = 1_500;
const SOONEST_FIRST_RENEWAL_MS = 250;
/** Who has a first share says by the time of so many what it needs. */
const CALLS_OF_A_FIRST = 50;
/** For a first share whose holder wants a call or two: the pool has one sooner. */
const LATE_FIRST_CALL_MS = 2_000;
const LONGEST_FIRST_LEASE_MS = 2 * LEASE_MS;
/** Where holders take turns. */
const LONGEST_TURN_MS = 5_000;
const ALL_HAD_A_TURN_MS = 15_000;
/** In about this time an answer has come to who asked. */
const ANSWER_MS = 100;
/** A lease that brings fewer calls is no use: it would end between two. */
const FEWEST_CALLS = 2;
/** A call that was given is made at once. */
const CALL_VALID_MS = 2_000;
export const NOTHING = {
  callsPerSecond: 0,
  burst: 0,
  startWith: 0,
  validForMs: LEASE_MS,
  askAgainInMs: LEASE_MS,
};

/** What a holder gets that wants some: a rate where there is one, or what is left of its last, or single calls, or nothing for now. */
export function grantShare(operation: OperationLedger, holder: string, nowMs: number): Granted {
  const share =
    operation.heldUntilMs > nowMs
      ? undefined
      : (rateShare(operation, holder, nowMs) ??
        restOf(operation, holder, nowMs) ??
        callShare(operation, holder, nowMs));
  return share ?? { ...NOTHING, askAgainInMs: nextChanceMs(operation, holder, nowMs) };
}

/** A rate, and with a first one what the pool has. Undefined when there is no room, or too little for a call now and then. */
function rateShare(operation: OperationLedger, holder: string, nowMs: number): Granted | undefined {
  if (!isItsTurn(operation, holder)) return undefined;
  const free = freeFor(operation, holder, nowMs);
  const fair = fairShare(operation, holder, nowMs);
  const callsPerMs = Math.min(fair.callsPerMs, free.callsPerMs);
  const burst = Math.min(free.burst, fair.burst);
  if (burst < 1 || callsPerMs * LONGEST_FIRST_LEASE_MS < FEWEST_CALLS) return undefined;
  const { grants, demand = 0 } = operation.claims[holder] ?? {};
  const isFirst = grants?.length === 0;
  const startWith = isFirst ? Math.min(forNewcomer(operation), burst) : 0;
  // Who wants a call or two would wait for the first for as long as a lease lasts: the pool has one sooner.
  const isBeyondNeed = callsPerMs < free.callsPerMs && demand / LEASE_MS <= callsPerMs;
  if (isFirst && isBeyondNeed && (1 - startWith) / callsPerMs > LATE_FIRST_CALL_MS) return undefined;
  const lasts = isFirst
    ? firstLease(operation, callsPerMs, startWith)
    : { validForMs: LEASE_MS, askAgainInMs: renewInMs(operation, holder, callsPerMs, fair.callsPerMs) };
  const share = { callsPerSecond: callsPerMs * 1_000, burst, startWith, ...lasts };
  return { ...share, number: keepGrant(operation, holder, share, nowMs) };
}

/** What the pool has; who is alone leaves a call there for whoever comes next, if there is one more than it needs itself. */
function forNewcomer({ claims, pool }: OperationLedger): number {
  const isAlone = Object.keys(claims).length === 1;
  return isAlone ? Math.max(pool - 1, Math.min(pool, 1)) : pool;
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
    const soonMs = Math.max(SOONEST_FIRST_RENEWAL_MS, CALLS_OF_A_FIRST / callsPerMs);
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

/** A share that cannot be renewed for now is used to its end. */
function restOf(operation: OperationLedger, holder: string, nowMs: number): Granted | undefined {
  const last = operation.claims[holder]?.grants.at(-1);
  if (last === undefined) return undefined;
  const { number, callsPerSecond, burst, untilMs } = last;
  const restMs = untilMs - nowMs;
  const askAgainInMs = tryAgainInMs(operation, holder, nowMs, restMs);
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
