import { isBulk } from './bulk-calls.js';

/** Longer than a campaign's Activities run; a timer could not hold eternity. */
const LONGEST_BULK_WAIT_MS = 24 * 60 * 60_000;

/**
 * How long after the first call of a look another may start. An attempt of a single cancellation has two minutes
 * (workflows/vendor-steps.ts). After its look's last answer, which takes twenty seconds at the most (providers/http.ts), it may
 * ask: that takes twenty for its turn and as long for its answer, and a new credential takes some more.
 */
export const LONGEST_LOOK_MS = 45_000;

/**
 * How long calls may wait for their turns: each as long as another, within the time for all that are made with one signal. A
 * call that went out later could overlap with those of the Activity's next attempt. Those of a campaign's Activity wait until
 * it is given up: it tells by heartbeats that it lives, and looks before it asks again.
 */
export class WaitLimit {
  readonly #firstAtMs = new WeakMap<AbortSignal, number>();

  constructor(
    readonly longestMs: number,
    readonly longestLookMs = LONGEST_LOOK_MS,
  ) {}

  /** Until when a call that is asked for now may start, by `performance.now()`. The first time a signal is seen, its time begins. */
  endsAtMs(signal: AbortSignal): number {
    const nowMs = performance.now();
    if (isBulk(signal)) return nowMs + LONGEST_BULK_WAIT_MS;
    const firstAtMs = this.#firstAtMs.get(signal) ?? nowMs;
    this.#firstAtMs.set(signal, firstAtMs);
    return Math.min(nowMs + this.longestMs, firstAtMs + this.longestLookMs);
  }
}
