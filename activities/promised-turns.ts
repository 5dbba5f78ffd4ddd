/** One that was sent away comes back this much before its turn, so that the line does not run dry meanwhile. */
const EARLY_MS = 5_000;
const SOONEST_MS = 1_000;
/** Further ahead nothing is certain: turns of the last half are told again, so that nobody is away for longer. */
const LONGEST_MS = 15 * 60_000;

/**
 * Tells those who are sent away from a line when to come back: each a turn of its own, behind those it told before. All at
 * the same time would only be sent away again.
 */
export class PromisedTurns {
  #promisedToMs = -Infinity;

  /** @param waitMs how long a newcomer would wait. @param turnMs how long one turn takes. */
  next(nowMs: number, waitMs: number, turnMs: number): number {
    this.#promisedToMs = Math.max(this.#promisedToMs, nowMs + waitMs) + turnMs;
    const inMs = this.#promisedToMs - nowMs - EARLY_MS;
    if (inMs > LONGEST_MS) this.#promisedToMs = nowMs + LONGEST_MS / 2;
    return Math.round(Math.min(LONGEST_MS, Math.max(SOONEST_MS, inMs)));
  }
}
