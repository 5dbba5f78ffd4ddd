/**
 * How long the calls of one Activity may wait for their turns, in all: each starts in time to end while the Activity still
 * runs. A call that went out later could overlap with those of the Activity's next attempt.
 */
export class WaitLimit {
  readonly #endsAtMs = new WeakMap<AbortSignal, number>();

  constructor(readonly longestMs: number) {}

  /** Until when a call may start, by `performance.now()`; counted from the first time the Activity's signal is seen. */
  endsAtMs(signal: AbortSignal): number {
    const known = this.#endsAtMs.get(signal);
    if (known !== undefined) return known;
    const endsAtMs = performance.now() + this.longestMs;
    this.#endsAtMs.set(signal, endsAtMs);
    return endsAtMs;
  }
}
