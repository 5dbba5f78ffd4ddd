import { FIRST_HOLD_MS, type Pace } from './pace.js';

const LONGEST_HOLD_MS = 60_000;
const SLOW_DOWN = 0.7;
const SLOWEST_PER_SECOND = 1;
/** Each second the pace grows by this part, until it is so many times what it was eased from. */
const EASE_PER_SECOND = 1.05;
const LIFTED_AT = 4;

interface Brake {
  readonly callsPerSecond: number;
  /** It grows from here on. */
  readonly fromMs: number;
}

/** No limit is known: no call waits until the vendor throttles one; then a hold, and a pace that eases off slowly. */
export class EasedPace implements Pace {
  #brake: Brake | undefined;
  #heldUntilMs = -Infinity;
  /** Throttled in a row, calls that were under way together counted once. */
  #strikes = 0;
  #tokens = 0;
  #filledAtMs = -Infinity;
  /** Calls of about the last second. */
  #recent = 0;
  #recentAtMs = -Infinity;

  take(nowMs: number): boolean {
    this.#ease(nowMs);
    if (nowMs < this.#heldUntilMs || (this.#brake !== undefined && this.#tokens < 1)) return false;
    if (this.#brake !== undefined) this.#tokens -= 1;
    this.#recent = this.#recentNow(nowMs) + 1;
    this.#recentAtMs = nowMs;
    return true;
  }

  waitMs(nth: number, nowMs: number): number {
    this.#ease(nowMs);
    const heldMs = Math.max(0, this.#heldUntilMs - nowMs);
    if (this.#brake === undefined) return heldMs;
    return heldMs + (Math.max(0, nth - this.#tokens) / this.#callsPerSecond(nowMs)) * 1_000;
  }

  throttled(retryAfterMs: number | undefined, nowMs: number): void {
    this.#ease(nowMs);
    if (nowMs >= this.#heldUntilMs) {
      this.#strikes += 1;
      const before = this.#brake === undefined ? this.#recentNow(nowMs) : this.#callsPerSecond(nowMs);
      this.#brake = { callsPerSecond: Math.max(SLOWEST_PER_SECOND, before * SLOW_DOWN), fromMs: nowMs };
    }
    const holdMs = retryAfterMs ?? Math.min(FIRST_HOLD_MS * 2 ** (this.#strikes - 1), LONGEST_HOLD_MS);
    this.#heldUntilMs = Math.max(this.#heldUntilMs, nowMs + holdMs);
    this.#tokens = 1; // For the first call after the hold.
  }

  #ease(nowMs: number): void {
    const fromMs = Math.max(this.#filledAtMs, this.#heldUntilMs);
    const passedS = Math.max(0, nowMs - fromMs) / 1_000;
    this.#filledAtMs = nowMs;
    if (this.#brake === undefined) return;
    const callsPerSecond = this.#callsPerSecond(nowMs);
    if (Number.isFinite(passedS)) this.#tokens = Math.min(1, this.#tokens + passedS * callsPerSecond);
    if (callsPerSecond < this.#brake.callsPerSecond * LIFTED_AT) return;
    this.#brake = undefined;
    this.#strikes = 0;
  }

  #callsPerSecond(nowMs: number): number {
    if (this.#brake === undefined) return Infinity;
    const easedS = Math.max(0, nowMs - Math.max(this.#brake.fromMs, this.#heldUntilMs)) / 1_000;
    return this.#brake.callsPerSecond * EASE_PER_SECOND ** easedS;
  }

  #recentNow(nowMs: number): number {
    return this.#recent * Math.exp(-(nowMs - this.#recentAtMs) / 1_000);
  }
}
