import type { Share } from '../contract/quota-share.js';
import type { Quota } from '../providers/quota.js';
import { FIRST_HOLD_MS, type Pace } from './pace.js';

interface Lease {
  readonly callsPerMs: number;
  readonly expectedPerMs: number;
  readonly burst: number;
  readonly endsAtMs: number;
}

const NO_LEASE: Lease = { callsPerMs: 0, expectedPerMs: 0, burst: 0, endsAtMs: -Infinity };

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
    const { callsPerSecond, expectedPerSecond, burst, startWith, validForMs } = share;
    this.#lease = {
      callsPerMs: callsPerSecond / 1_000,
      expectedPerMs: expectedPerSecond / 1_000,
      burst,
      endsAtMs: askedAtMs + validForMs,
    };
    this.#tokens = Math.min(burst, this.#tokens + startWith);
  }

  /** To be called right before a share is asked for; with no demand it is given back. */
  beginRenewal(demand: number): void {
    if (demand === 0) this.#lease = NO_LEASE;
    if (this.#lease.callsPerMs === 0) this.#tokens = 0;
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

  /** By the rate it may count on; without a lease by the whole quota, for no less is certain. */
  waitMs(nth: number, nowMs: number): number {
    this.#fill(nowMs);
    const { expectedPerMs, endsAtMs } = this.#lease;
    const isKnown = nowMs < endsAtMs && expectedPerMs > 0;
    const rate = isKnown ? expectedPerMs : this.quota.calls / this.quota.perMs;
    return Math.max(0, this.#heldUntilMs - nowMs) + Math.max(0, nth - this.#tokens) / rate;
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
