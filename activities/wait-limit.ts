import { isBulk } from './bulk-calls.js';

/** Longer than a campaign's Activities run; a timer could not hold eternity. */
const LONGEST_BULK_WAIT_MS = 24 * 60 * 60_000;

/**
 * How long the calls of one Activity may wait for their turns, in all: each starts in time to end while the Activity still
 * runs. A call that went out later could overlap with those of the Activity's next attempt. Those of a campaign's Activity
 * wait until it is given up: it tells by heartbeats that it lives, and looks before it asks again.
 */
export class WaitLimit {
  readonly #endsAtMs = new WeakMap<AbortSignal, number>();

  constructor(readonly longestMs: number) {}

  /** Until when a call may start, by `performance.now()`; counted from the first time the Activity's signal is seen. */
  endsAtMs(signal: AbortSignal): number {
    const known = this.#endsAtMs.get(signal);
    if (known !== undefined) return known;
    const endsAtMs = performance.now() + (isBulk(signal) ? LONGEST_BULK_WAIT_MS : this.longestMs);
    this.#endsAtMs.set(signal, endsAtMs);
    return endsAtMs;
  }
}
