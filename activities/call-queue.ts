import { ProviderError } from '../providers/provider.js';
import type { HeldBackError } from './held-back-error.js';
import type { Pace } from './pace.js';
import { PromisedTurns } from './promised-turns.js';

interface Waiter {
  readonly startByMs: number;
  readonly go: () => void;
  readonly fail: (error: ProviderError) => void;
}

/** Makes the error of a call whose turn comes too late. */
export type Refusal = (ahead: number, retryAfterMs: number) => HeldBackError;

/** The pace may change meanwhile. */
const LONGEST_SLEEP_MS = 1_000;

/** The calls of one operation that wait for their turn in this process, first come first served. */
export class CallQueue {
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #made = 0;
  #madeAtMs = -Infinity;
  readonly #promised = new PromisedTurns();

  constructor(
    private readonly operation: string,
    private readonly pace: Pace,
    private readonly refusal: Refusal,
  ) {}

  get waiting(): number {
    return this.#waiters.length;
  }

  /** How many calls had their turn since {@link countAnew}. */
  get made(): number {
    return this.#made;
  }

  /** When the last call had its turn, by `performance.now()`. */
  get madeAtMs(): number {
    return this.#madeAtMs;
  }

  countAnew(): void {
    this.#made = 0;
  }

  /**
   * Resolves when it is the caller's turn, never after `startByMs` (`performance.now()`).
   * @throws HeldBackError at once when the turn would come later; ProviderError `unavailable` when the signal is aborted.
   */
  async turn(signal: AbortSignal, startByMs: number): Promise<void> {
    if (signal.aborted) throw this.#givenUp();
    const nowMs = performance.now();
    if (this.#waiters.length === 0 && nowMs <= startByMs && this.pace.take(nowMs)) return this.#count(nowMs);
    const ahead = this.#waiters.length;
    if (nowMs + this.pace.waitMs(ahead + 1, nowMs) > startByMs) throw this.#refuse(ahead, nowMs);
    await this.#wait(signal, startByMs);
  }

  /** To be called when the pace has changed: lets through who may go, and sends away who would wait for too long now. */
  refresh(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    while (this.#mayGo(nowMs)) {
      this.#count(nowMs);
      this.#waiters.shift()?.go();
    }
    const kept: Waiter[] = [];
    const late: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const inTime = nowMs + this.pace.waitMs(kept.length + 1, nowMs) <= waiter.startByMs;
      (inTime ? kept : late).push(waiter);
    }
    this.#waiters = kept;
    for (const waiter of late) waiter.fail(this.#refuse(kept.length, nowMs));
    if (kept.length === 0) return;
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.ceil(this.pace.waitMs(1, nowMs)));
    this.#timer = setTimeout(() => this.refresh(), sleepMs);
  }

  /** Sends everybody away. */
  close(): void {
    clearTimeout(this.#timer);
    for (const { fail } of this.#waiters.splice(0)) fail(this.#givenUp());
  }

  #count(nowMs: number): void {
    this.#made += 1;
    this.#madeAtMs = nowMs;
  }

  #mayGo(nowMs: number): boolean {
    const [first] = this.#waiters;
    return first !== undefined && nowMs <= first.startByMs && this.pace.take(nowMs);
  }

  #wait(signal: AbortSignal, startByMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        reject(this.#givenUp());
      };
      const stay = () => signal.removeEventListener('abort', leave);
      const waiter: Waiter = {
        startByMs,
        go: () => {
          stay();
          resolve();
        },
        fail: (error) => {
          stay();
          reject(error);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiters.push(waiter);
      if (this.#waiters.length === 1) this.refresh();
    });
  }

  #refuse(ahead: number, nowMs: number): HeldBackError {
    const waitMs = this.pace.waitMs(ahead + 1, nowMs);
    const turnMs = this.pace.waitMs(ahead + 2, nowMs) - waitMs;
    return this.refusal(ahead, this.#promised.next(nowMs, waitMs, turnMs));
  }

  #givenUp(): ProviderError {
    const message = `${this.operation} was given up before it was made`;
    return new ProviderError('unavailable', 'AbortError', message);
  }
}
