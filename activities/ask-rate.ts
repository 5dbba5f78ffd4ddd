import { setTimeout as sleep } from 'node:timers/promises';

/** When the asks of an Activity may be made, one after the other; the next one's time goes along to the Activity after it. */
export class AskRate {
  #nextAtMs: number;
  /** Ends, never with an error, when the one that waits has its turn, or gives up. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly callsPerSecond: number | undefined,
    /** Epoch milliseconds: when the first may be made. */
    notBeforeMs = 0,
  ) {
    this.#nextAtMs = performance.now() + Math.max(0, notBeforeMs - Date.now());
  }

  /** Epoch milliseconds; undefined where there is no limit. */
  get notBeforeMs(): number | undefined {
    if (this.callsPerSecond === undefined) return undefined;
    return Math.round(Date.now() + this.#nextAtMs - performance.now());
  }

  /**
   * Waits for the caller's turn, and then for what else it needs; false when one of them does not come before `endsAtMs`
   * (`performance.now()`), or the signal aborts. The next one's time begins when it has both: turns that were saved up while
   * there was no slot would be used at once.
   * @param slot false when there is none.
   */
  async turn(endsAtMs: number, signal: AbortSignal, slot: () => Promise<boolean>): Promise<boolean> {
    const { callsPerSecond } = this;
    if (callsPerSecond === undefined) return slot();
    const turn = this.#line.then(() => this.#wait(endsAtMs, signal, 1_000 / callsPerSecond, slot));
    this.#line = turn;
    return turn;
  }

  async #wait(
    endsAtMs: number,
    signal: AbortSignal,
    intervalMs: number,
    slot: () => Promise<boolean>,
  ): Promise<boolean> {
    const untilMs = Math.min(Math.max(performance.now(), this.#nextAtMs), endsAtMs);
    await sleep(Math.max(0, untilMs - performance.now()), undefined, { signal }).catch(() => {});
    if (signal.aborted || untilMs >= endsAtMs) return false;
    const turnAtMs = performance.now();
    if (!(await slot())) return false;
    this.#nextAtMs = untilMs + (performance.now() - turnAtMs) + intervalMs;
    return true;
  }
}
