import { ProviderError } from '../providers/provider.js';
import { isBulk } from './bulk-calls.js';
import type { HeldBackError } from './held-back-error.js';
import type { Pace } from './pace.js';
import { PromisedTurns } from './promised-turns.js';

interface Waiter {
  readonly startByMs: number;
  readonly go: () => void;
  readonly fail: (error: ProviderError) => void;
}

/** The calls of single cancellations, and those of campaigns. */
type Kind = 'single' | 'bulk';

/** Those of one kind, first come first served. */
interface Line {
  waiters: Waiter[];
  readonly promised: PromisedTurns;
}

/** Makes the error of a call whose turn comes too late. */
export type Refusal = (ahead: number, retryAfterMs: number) => HeldBackError;

const KINDS: readonly Kind[] = ['single', 'bulk'];
const OTHER = { single: 'bulk', bulk: 'single' } as const satisfies Record<Kind, Kind>;
/** By how many calls a campaign's is followed at about once: its Activities keep up to two hundred under way. */
const FOLLOWED_BY = 10;
/** The pace may change meanwhile. */
const LONGEST_SLEEP_MS = 1_000;

/**
 * The calls of one operation that wait for their turn in this process. While calls of both kinds wait, they take turns:
 * a campaign's thousands keep a single call waiting for no longer than as many single ones would.
 */
export class CallQueue {
  readonly #lines: Readonly<Record<Kind, Line>> = { single: newLine(), bulk: newLine() };
  /** Whose turn it is when both wait. */
  #turnOf: Kind = 'single';
  #timer: NodeJS.Timeout | undefined;
  #made = 0;
  #madeAtMs = -Infinity;
  #longestGapMs = 0;
  #longestGapBeforeMs = 0;

  constructor(
    private readonly operation: string,
    private readonly pace: Pace,
    private readonly refusal: Refusal,
  ) {}

  get waiting(): number {
    return this.#lines.single.waiters.length + this.#lines.bulk.waiters.length;
  }

  /** How many calls wait for their turn, or will when these have had theirs: a campaign's call is followed by others. */
  get wanted(): number {
    return this.#lines.single.waiters.length + FOLLOWED_BY * this.#lines.bulk.waiters.length;
  }

  /** How many calls had their turn since {@link countAnew}. */
  get made(): number {
    return this.#made;
  }

  /** When the last call had its turn, by `performance.now()`. */
  get madeAtMs(): number {
    return this.#madeAtMs;
  }

  /** Between two calls, since it was counted anew twice: who counts anew amid many calls that come together knows the gap before them. */
  get longestGapMs(): number {
    return Math.max(this.#longestGapMs, this.#longestGapBeforeMs);
  }

  countAnew(): void {
    this.#made = 0;
    this.#longestGapBeforeMs = this.#longestGapMs;
    this.#longestGapMs = 0;
  }

  /**
   * Resolves when it is the caller's turn, never after `startByMs` (`performance.now()`).
   * @throws HeldBackError at once when the turn would come later; ProviderError `unavailable` when the signal is aborted.
   */
  async turn(signal: AbortSignal, startByMs: number): Promise<void> {
    if (signal.aborted) throw this.#givenUp();
    const kind: Kind = isBulk(signal) ? 'bulk' : 'single';
    const nowMs = performance.now();
    if (this.waiting === 0 && nowMs <= startByMs && this.pace.take(nowMs)) return this.#count(kind, nowMs);
    const before = this.#lines[kind].waiters.length;
    if (nowMs + this.#waitMs(kind, before, nowMs) > startByMs) throw this.#refuse(kind, nowMs);
    await this.#wait(kind, signal, startByMs);
  }

  /** To be called when the pace has changed: lets through who may go, and sends away who would wait for too long now. */
  refresh(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    for (let kind = this.#nextKind(); this.#mayGo(kind, nowMs); kind = this.#nextKind()) {
      this.#count(kind, nowMs);
      this.#lines[kind].waiters.shift()?.go();
    }
    for (const kind of KINDS) this.#sendAwayLate(kind, nowMs);
    if (this.waiting === 0) return;
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.ceil(this.pace.waitMs(1, nowMs)));
    this.#timer = setTimeout(() => this.refresh(), sleepMs);
  }

  /** Sends everybody away. */
  close(): void {
    clearTimeout(this.#timer);
    for (const kind of KINDS)
      for (const { fail } of this.#lines[kind].waiters.splice(0)) fail(this.#givenUp());
  }

  #count(kind: Kind, nowMs: number): void {
    this.#turnOf = OTHER[kind];
    this.#made += 1;
    if (this.#madeAtMs > -Infinity) this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#madeAtMs);
    this.#madeAtMs = nowMs;
  }

  #nextKind(): Kind {
    return this.#lines[this.#turnOf].waiters.length > 0 ? this.#turnOf : OTHER[this.#turnOf];
  }

  #mayGo(kind: Kind, nowMs: number): boolean {
    const [first] = this.#lines[kind].waiters;
    return first !== undefined && nowMs <= first.startByMs && this.pace.take(nowMs);
  }

  #sendAwayLate(kind: Kind, nowMs: number): void {
    const line = this.#lines[kind];
    const kept: Waiter[] = [];
    const late: Waiter[] = [];
    for (const waiter of line.waiters) {
      const inTime = nowMs + this.#waitMs(kind, kept.length, nowMs) <= waiter.startByMs;
      (inTime ? kept : late).push(waiter);
    }
    line.waiters = kept;
    for (const waiter of late) waiter.fail(this.#refuse(kind, nowMs));
  }

  /** How many turns come before that of one with so many of its own kind before it, as things are. */
  #ahead(kind: Kind, before: number): number {
    const other = OTHER[kind];
    const between = this.#turnOf === other ? before + 1 : before;
    return before + Math.min(between, this.#lines[other].waiters.length);
  }

  #waitMs(kind: Kind, before: number, nowMs: number): number {
    return this.pace.waitMs(this.#ahead(kind, before) + 1, nowMs);
  }

  #wait(kind: Kind, signal: AbortSignal, startByMs: number): Promise<void> {
    const line = this.#lines[kind];
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.waiters = line.waiters.filter((each) => each !== waiter);
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
      line.waiters.push(waiter);
      if (this.waiting === 1) this.refresh();
    });
  }

  #refuse(kind: Kind, nowMs: number): HeldBackError {
    const { waiters, promised } = this.#lines[kind];
    const waitMs = this.#waitMs(kind, waiters.length, nowMs);
    const turnMs = this.#waitMs(kind, waiters.length + 1, nowMs) - waitMs;
    return this.refusal(this.#ahead(kind, waiters.length), promised.next(nowMs, waitMs, turnMs));
  }

  #givenUp(): ProviderError {
    const message = `${this.operation} was given up before it was made`;
    return new ProviderError('unavailable', 'AbortError', message);
  }
}

function newLine(): Line {
  return { waiters: [], promised: new PromisedTurns() };
}
