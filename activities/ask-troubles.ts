import type { Held } from '../contract/campaign.js';
import type { ProviderError } from '../providers/provider.js';
import { HeldBackError, isThrottled } from './held-back-error.js';
import { toldBy } from './target-row.js';

/** So many in a row, and nothing got through between them: it is the connection, not the targets. */
const MOST_IN_A_ROW = 5;
/** A longer one is for the Workflow to wait: its timer holds no Worker. */
const LONGEST_PAUSE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const RETRY_AFTER_MS = { denied: 60_000, unauthenticated: 30_000, unavailable: 10_000, throttled: 10_000 };

/** What a vendor's error means for the asks to come: go on, after a pause, or stop for now. */
export class AskTroubles {
  #inARow = 0;
  #pausedUntilMs = -Infinity;
  #held: Held | undefined;
  #throttled = 0;

  /** Set when asking is to stop for now. */
  get held(): Held | undefined {
    return this.#held;
  }

  /** Answers of the vendor, not of our own gate. */
  get throttled(): number {
    return this.#throttled;
  }

  get pauseMs(): number {
    return Math.max(0, this.#pausedUntilMs - performance.now());
  }

  /** The vendor has taken a call. */
  gotThrough(): void {
    this.#inARow = 0;
  }

  /** @param error of a kind that may pass: not `invalid`, not `unrecognized`. */
  take(error: ProviderError): void {
    const { kind } = error;
    if (kind === 'invalid' || kind === 'unrecognized') return;
    const { retryAfterMs } = error.context;
    if (isThrottled(error)) {
      this.#throttled += 1;
      return this.#pause(Math.min(retryAfterMs ?? 0, LONGEST_PAUSE_MS)); // The gate slows down by itself.
    }
    if (kind === 'unauthenticated') return this.#hold(kind, error);
    if (error instanceof HeldBackError) {
      if (error.retryAfterMs > LONGEST_PAUSE_MS) return this.#hold(kind, error);
      return this.#pause(error.retryAfterMs);
    }
    this.#inARow += 1;
    if (this.#inARow >= MOST_IN_A_ROW) return this.#hold(kind, error);
    this.#pause(Math.max(retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** (this.#inARow - 1)));
  }

  /** Nothing got through in the end, whatever their number. */
  hold(error: ProviderError): void {
    if (error.kind !== 'invalid' && error.kind !== 'unrecognized') this.#hold(error.kind, error);
  }

  #pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, performance.now() + ms);
  }

  #hold(kind: Held['kind'], error: ProviderError): void {
    const retryAfterMs = error.context.retryAfterMs ?? RETRY_AFTER_MS[kind];
    this.#held ??= { kind, ...toldBy(error), retryAfterMs };
  }
}
