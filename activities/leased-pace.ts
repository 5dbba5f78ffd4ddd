import type { Share } from '../contract/quota-share.js';
import type { Quota } from '../providers/quota.js';
import { FIRST_HOLD_MS, type Pace } from './pace.js';

interface Lease {
  readonly number?: number | undefined;
  readonly callsPerMs: number;
  readonly expectedPerMs: number;
  readonly burst: number;
  readonly endsAtMs: number;
  /** Of a share without a rate: when it may get its next call, where that is known. */
  readonly nextAtMs?: number;
}

const NO_LEASE: Lease = { callsPerMs: 0, expectedPerMs: 0, burst: 0, endsAtMs: -Infinity };
/** In about this time the lender has answered. */
const ANSWER_MS = 100;

/** This process's share of a quota: a token bucket that is empty, and stays so, when its lease ends. */
export class LeasedPace implements Pace {
  #lease = NO_LEASE;
  #tokens = 0;
  #filledAtMs = -Infinity;
  #heldUntilMs = -Infinity;

  constructor(private readonly quota: Quota) {}

  /** @param askedAtMs when it was asked for: the lender's time began later, so that it ends here first. */
  renew(share: Share, askedAtMs: number, nowMs: number): void {
    this.#fill(nowMs);
    const { number, callsPerSecond, expectedPerSecond, burst, startWith, validForMs, askAgainInMs } = share;
    this.#lease = {
      number,
      callsPerMs: callsPerSecond / 1_000,
      expectedPerMs: expectedPerSecond / 1_000,
      burst,
      endsAtMs: askedAtMs + validForMs,
      ...(callsPerSecond === 0 && askAgainInMs < validForMs && { nextAtMs: nowMs + askAgainInMs }),
    };
    this.#tokens = Math.min(burst, this.#tokens + startWith);
  }

  /** To be called right before a share is asked for; with no demand it is given back. */
  beginRenewal(demand: number): void {
    if (demand === 0) this.#lease = NO_LEASE;
    if (this.#lease.callsPerMs === 0) this.#tokens = 0;
  }

  /** The number of the share that is in use. */
  acting(nowMs: number): number | undefined {
    return nowMs < this.#lease.endsAtMs ? this.#lease.number : undefined;
  }

  /** How much longer there is a rate. */
  restMs(nowMs: number): number {
    return this.#lease.callsPerMs > 0 ? Math.max(0, this.#lease.endsAtMs - nowMs) : 0;
  }

  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (nowMs < this.#heldUntilMs || this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * By the rate it may count on. Without a lease as if a whole quota was free, for no less is certain: who is sent away
   * before the lender has answered wants nothing, so that a quota of few calls would never be asked for.
   */
  waitMs(nth: number, nowMs: number): number {
    this.#fill(nowMs);
    const { expectedPerMs, endsAtMs } = this.#lease;
    const heldMs = Math.max(0, this.#heldUntilMs - nowMs);
    if (nowMs < endsAtMs && expectedPerMs > 0) return heldMs + this.#leasedMs(nth, nowMs);
    const { calls, perMs } = this.quota;
    return heldMs + ANSWER_MS + (Math.max(0, nth - calls) * perMs) / calls;
  }

  #leasedMs(nth: number, nowMs: number): number {
    const { expectedPerMs, nextAtMs } = this.#lease;
    const missing = Math.max(0, nth - this.#tokens);
    if (nextAtMs === undefined || missing === 0) return missing / expectedPerMs;
    return Math.max(ANSWER_MS, nextAtMs - nowMs) + Math.max(0, missing - 1) / expectedPerMs;
  }

  throttled(retryAfterMs: number = FIRST_HOLD_MS, nowMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, nowMs + retryAfterMs);
  }

  #fill(nowMs: number): void {
    const { callsPerMs, burst, endsAtMs } = this.#lease;
    const passedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens =
      nowMs < endsAtMs ? Math.min(burst, this.#tokens + (callsPerMs > 0 ? callsPerMs * passedMs : 0)) : 0;
    this.#filledAtMs = nowMs;
  }
}
