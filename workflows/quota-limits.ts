import type { LeaseNeed } from '../contract/quota-share.js';
import type { OperationLedger } from './quota-ledger.js';

/** Of the quota: what a Worker that was busy for a moment may make up for, and what the rate is less for it. */
const BURST = 0.03;
/** Calls do not all take as long to the vendor: those at the end of one window may come in the next. */
const FULL_PACE = 0.975;
const SLOW_DOWN = 0.7;
/** Of the quota, a window. */
const RECOVER = 0.05;

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

/**
 * Once a window: the calls that are under way when the vendor begins to throttle tell of the same thing. However often it
 * throttles, 0.117 of the quota is left: what recovers in a window is as much as the next slowing down takes from it.
 */
export function slowDown(operation: OperationLedger, retryAfterMs: number, nowMs: number): void {
  operation.heldUntilMs = Math.max(operation.heldUntilMs, nowMs + retryAfterMs);
  const pace = paceOf(operation, nowMs);
  if (operation.slowedTo < 1 && nowMs < operation.slowedAtMs + operation.quota.perMs) return;
  operation.slowedTo = pace * SLOW_DOWN;
  operation.slowedAtMs = nowMs;
}
