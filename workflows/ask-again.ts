import { LEASE_MS } from '../contract/quota-share.js';
import type { OperationLedger } from './quota-ledger.js';
import { limitsOf } from './quota-limits.js';
import { evenPerSecond, freeFor, heldBy, isItsTurn, queueOf } from './quota-room.js';

const HALF_A_LEASE_MS = LEASE_MS / 2;
const SOONEST_MS = 500;
/** A Worker that has less than it wants may find more soon; at a slow pace, asking would cost more than it brings. */
const CALLS_A_RENEWAL = 100;
const SOONEST_RENEWAL_ALONE_MS = 1_000;
/** Among few, what one gives back is much, and is lost until the others ask: they ask so many times as often. */
const FEW = 4;
const HURRY_OF_FEW = 2;
/** Who has none tries again by the time its part would have been so many. */
const CALLS_A_TRY = 50;
/** In about this time a Worker has heard of a smaller share; it then says so if it is smaller by so much of the quota. */
const HEARD_AFTER_MS = 100;
/** When another has said so, who has none tries again: sooner than else, but not before its part would have been so many. */
const KNOWN_AFTER_MS = HEARD_AFTER_MS + 50;
const FEWEST_CALLS_A_TRY = 5;
const WORTH_HEARING = 0.05;
/** Others still hold what is its part: it asks again soon. */
const LESS_THAN_FAIR = 0.9;

/** Once a share's half is over; sooner where others wait to hear something, or it may soon be more. */
export function renewInMs(
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
  if (demand / LEASE_MS <= callsPerMs) return HALF_A_LEASE_MS;
  const holders = Object.keys(operation.claims).length;
  const hurry = holders > 1 && holders <= FEW ? HURRY_OF_FEW : 1;
  const soonMs = Math.max(SOONEST_RENEWAL_ALONE_MS, CALLS_A_RENEWAL / callsPerMs) / hurry;
  return Math.min(HALF_A_LEASE_MS, soonMs);
}

/** Of a share that cannot be renewed for now: when it ends, or, of a small one, when there may be more. */
export function tryAgainInMs(
  operation: OperationLedger,
  holder: string,
  nowMs: number,
  restMs: number,
): number {
  const { callsPerSecond = 0 } = operation.claims[holder]?.grants.at(-1) ?? {};
  const isSmall = callsPerSecond < evenPerSecond(operation, nowMs) * LESS_THAN_FAIR;
  // A turn, however small, is not renewed while others wait for theirs.
  return isSmall && isItsTurn(operation, holder)
    ? Math.min(restMs, nextChanceMs(operation, holder, nowMs))
    : restMs;
}

/** In what time a holder without a share may get one: when one ends, when the pool has a call for it, when the hold ends. */
export function nextChanceMs(operation: OperationLedger, holder: string, nowMs: number): number {
  const { claims, heldUntilMs, pool } = operation;
  const others = Object.entries(claims).filter(([name]) => name !== holder);
  const ends = others
    .filter(([, { grants }]) => grants.length > 0)
    .map(([, { grants }]) => Math.max(...grants.map(({ untilMs }) => untilMs)) - nowMs)
    .sort((a, b) => a - b);
  const place = Math.max(0, queueOf(operation).waiting.indexOf(holder));
  const missing = place + 1 - pool;
  const filledMs = missing / freeFor(operation, holder, nowMs).callsPerMs;
  const chanceMs = Math.min(ends[place] ?? ends.at(-1) ?? Infinity, filledMs > 0 ? filledMs : Infinity);
  const inMs =
    heldUntilMs > nowMs
      ? Math.max(SOONEST_MS, heldUntilMs - nowMs)
      : Math.min(Math.max(SOONEST_MS, chanceMs), knownToShareMs(operation, holder, nowMs));
  return Math.ceil(Math.min(LEASE_MS, inMs));
}

/** In what time another that has more than its part will have asked and be known to have given it up; one that is late may be gone. */
function knownToShareMs(operation: OperationLedger, holder: string, nowMs: number): number {
  const even = evenPerSecond(operation, nowMs);
  const known = Object.entries(operation.claims)
    .filter(([name, each]) => name !== holder && heldBy(each).callsPerSecond > even)
    .map(([, { asksAgainAtMs }]) => asksAgainAtMs + KNOWN_AFTER_MS - nowMs)
    .filter((inMs) => inMs > 0);
  const callMs = 1_000 / even;
  const soonestMs = Math.max(KNOWN_AFTER_MS, FEWEST_CALLS_A_TRY * callMs);
  return Math.max(soonestMs, Math.min(CALLS_A_TRY * callMs, ...known));
}
