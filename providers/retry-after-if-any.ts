import { LONGEST_RETRY_AFTER_MS } from './pacing.js';

/**
 * When the vendor wants to be called again, as a member of an error's context: left out where it does not say, and no longer than it is
 * obeyed. A number that is beyond all timers would otherwise hold a lane for ever.
 * @param ms `NaN` where what it said is no number.
 */
export function retryAfterIfAny(ms: number | undefined): { readonly retryAfterMs?: number } {
  if (ms === undefined || Number.isNaN(ms) || ms < 0) return {};
  return { retryAfterMs: Math.min(ms, LONGEST_RETRY_AFTER_MS) };
}
