/** How fast the calls of one operation may be made. Times are `performance.now()`: no clock step moves them. */
export interface Pace {
  /** Takes one call, if one may be made now. */
  take(nowMs: number): boolean;
  /** How long until the nth call from now may be made, as things are. */
  waitMs(nth: number, nowMs: number): number;
  /** The vendor throttled a call, and may have said for how long. */
  throttled(retryAfterMs: number | undefined, nowMs: number): void;
}

/** For a vendor that throttles and does not say for how long. */
export const FIRST_HOLD_MS = 1_000;
