import { setMaxListeners } from 'node:events';
import type { Context } from '@opentelemetry/api';
import { OUT_OF_TIME } from '../providers/out-of-time.js';
import { ProviderError, type TaskIds } from '../providers/provider.js';
import { HeldBackError } from './held-back-error.js';
import { PromisedTurns } from './promised-turns.js';
import { inTraceOf, traceHere } from './shared-trace.js';
import { LONGEST_LOOK_MS } from './wait-limit.js';

export interface SharedLooksOptions<Result> {
  /** How many tasks one call answers. */
  readonly batchSize: number;
  /** Tasks with different keys cannot be answered by one call. */
  readonly keyOf: (task: TaskIds) => string;
  /**
   * How many batches may be under way, of all keys together: while they wait for their turn, later looks gather for the
   * next. More would share out one quota so thinly that none of them ends in time.
   */
  readonly callsAtOnce: number;
  readonly longestWaitMs: number;
  /** One batch, answered in the order of the tasks; each may be told of, by its place, as soon as it was seen. */
  readonly look: (tasks: readonly TaskIds[], options: LookOptions<Result>) => Promise<readonly Result[]>;
}

interface LookOptions<Result> {
  readonly signal: AbortSignal;
  readonly onSeen: (index: number, result: Result) => void;
}

interface Waiter<Result> {
  readonly trace: Context;
  readonly give: (result: Result) => void;
  readonly fail: (error: unknown) => void;
}

/** One task that is to be looked at, and all who want to know. */
interface Wish<Result> {
  readonly task: TaskIds;
  readonly waiters: Set<Waiter<Result>>;
  /** To be looked at in a call of its own: one of a batch that failed. */
  readonly alone: boolean;
}

/** The wishes of one key, by task. */
type Line<Result> = Map<string, Wish<Result>>;

/** What comes in so soon after another is asked with it; a lone look is late by no more. */
const GATHER_MS = 5;
/** Those that were held back together come back one after another, over no longer than this. */
const LONGEST_SPREAD_MS = 60_000;
/**
 * Nobody waits longer for a look. One batch takes as long at the most ({@link LONGEST_LOOK_MS} and twenty seconds for its last
 * answer), but others may be made before it, and an attempt has two minutes, in which it may ask after its look.
 */
const LONGEST_STAY_MS = LONGEST_LOOK_MS + 25_000;

/** Looks that are asked for at about the same time, made together: calls are what a quota counts, not tasks. */
export class SharedLooks<Result> {
  readonly #lines = new Map<string, Line<Result>>();
  #underWay = 0;
  #isGathering = false;
  /** How long the last batch took. */
  #batchMs = 0;
  readonly #promised = new PromisedTurns();

  constructor(private readonly options: SharedLooksOptions<Result>) {}

  /**
   * Looks at one task. The look begins after it was asked for, so that it shows what the caller did before.
   * @throws ProviderError of the call that looked; HeldBackError at once when it would wait for too long; `unavailable` when it
   * has waited for too long.
   */
  async look(task: TaskIds, signal: AbortSignal): Promise<Result> {
    const key = this.options.keyOf(task);
    if (signal.aborted) throw givenUp();
    this.#refuseIfLate(key);
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        reject(error);
      };
      const leaveWith = (error: ProviderError) => {
        this.#lines.get(key)?.get(idOf(task))?.waiters.delete(waiter);
        fail(error);
      };
      const leave = () => leaveWith(givenUp());
      const waiter: Waiter<Result> = {
        trace: traceHere(),
        give: (result) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', leave);
          resolve(result);
        },
        fail,
      };
      const timer = setTimeout(() => leaveWith(notOverYet()), LONGEST_STAY_MS);
      signal.addEventListener('abort', leave, { once: true });
      wishFor(this.#line(key), task).waiters.add(waiter);
      this.#gather();
    });
  }

  /** By how long the last batch took, with its wait. */
  #refuseIfLate(key: string): void {
    const { batchSize, callsAtOnce, longestWaitMs } = this.options;
    const batches = this.#batchesBefore(key);
    const waitMs = (batches * this.#batchMs) / callsAtOnce;
    if (waitMs <= longestWaitMs) return;
    const turnMs = this.#batchMs / callsAtOnce / batchSize;
    const retryAfterMs = this.#promised.next(performance.now(), waitMs, turnMs);
    const message = `${batches} batches of looks are to be made before that of this one`;
    throw new HeldBackError('throttled', 'LooksWaiting', message, retryAfterMs);
  }

  /** How many batches are sent before that of a newcomer: the keys take turns. */
  #batchesBefore(key: string): number {
    const { batchSize } = this.options;
    const mine = Math.floor((this.#lines.get(key)?.size ?? 0) / batchSize);
    let before = mine;
    for (const [other, { size }] of this.#lines)
      if (other !== key) before += Math.min(Math.ceil(size / batchSize), mine + 1);
    return before;
  }

  #line(key: string): Line<Result> {
    const line = this.#lines.get(key) ?? new Map<string, Wish<Result>>();
    this.#lines.set(key, line);
    return line;
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    setTimeout(() => {
      this.#isGathering = false;
      this.#send();
    }, GATHER_MS);
  }

  #send(): void {
    while (this.#underWay < this.options.callsAtOnce) {
      const next = this.#takeNext();
      if (next === undefined) return;
      this.#underWay += 1;
      const sentAtMs = performance.now();
      void this.#make(next.key, next.batch).finally(() => {
        this.#underWay -= 1;
        this.#batchMs = performance.now() - sentAtMs;
        this.#send();
      });
    }
  }

  /** Key by key: one with many tasks does not keep the others waiting. */
  #takeNext(): { key: string; batch: Wish<Result>[] } | undefined {
    for (const [key, line] of this.#lines) {
      const batch = takeBatch(line, this.options.batchSize);
      this.#lines.delete(key);
      if (line.size > 0) this.#lines.set(key, line); // Behind the others.
      if (batch.length > 0) return { key, batch };
    }
    return undefined;
  }

  /** Never rejects: every waiter is told. */
  async #make(key: string, batch: readonly Wish<Result>[]): Promise<void> {
    // A waiter that leaves does not end it for the others.
    const { signal } = new AbortController();
    setMaxListeners(0, signal); // Each call of the batch may wait for its turn with it.
    try {
      const traces = batch.flatMap(({ waiters }) => [...waiters].map(({ trace }) => trace));
      const results = await inTraceOf(traces, () =>
        this.options.look(
          batch.map(({ task }) => task),
          { signal, onSeen: (index, result) => tell(batch[index], ({ give }) => give(result)) },
        ),
      );
      for (const [index, wish] of batch.entries()) settle(wish, results[index]);
    } catch (error) {
      const rest = batch.filter(({ waiters }) => waiters.size > 0);
      if (batch.length > 1 && isOfOneTask(error)) for (const wish of rest) lookAlone(this.#line(key), wish);
      else for (const [place, wish] of rest.entries()) sendAway(wish, error, place / rest.length);
    }
  }
}

/** A look that waits to be sent is the look of all who want that task. */
function wishFor<Result>(line: Line<Result>, task: TaskIds): Wish<Result> {
  const id = idOf(task);
  const wish = line.get(id) ?? { task, waiters: new Set<Waiter<Result>>(), alone: false };
  line.set(id, wish);
  return wish;
}

function lookAlone<Result>(line: Line<Result>, { task, waiters }: Wish<Result>): void {
  const since = line.get(idOf(task))?.waiters ?? [];
  line.set(idOf(task), { task, waiters: new Set([...waiters, ...since]), alone: true });
  waiters.clear(); // What is still told of the batch that failed comes too late.
}

function takeBatch<Result>(line: Line<Result>, size: number): Wish<Result>[] {
  const batch: Wish<Result>[] = [];
  for (const [id, wish] of line) {
    if (wish.waiters.size > 0 && batch.length > 0 && wish.alone) continue;
    line.delete(id);
    if (wish.waiters.size === 0) continue; // All have left.
    batch.push(wish);
    if (wish.alone || batch.length === size) break;
  }
  return batch;
}

/** Tells each waiter once. */
function tell<Result>(wish: Wish<Result> | undefined, each: (waiter: Waiter<Result>) => void): void {
  for (const waiter of wish?.waiters ?? []) each(waiter);
  wish?.waiters.clear();
}

function settle<Result>(wish: Wish<Result>, result: Result | undefined): void {
  const bug = new Error('A look was not answered for each of its tasks: a bug of the adapter');
  tell(wish, ({ give, fail }) => (result === undefined ? fail(bug) : give(result)));
}

/** @param place from 0 to 1: all at the same time would make the same batch again, to be held back again. */
function sendAway<Result>(wish: Wish<Result>, error: unknown, place: number): void {
  const own =
    error instanceof HeldBackError
      ? error.later(place * Math.min(error.retryAfterMs, LONGEST_SPREAD_MS))
      : error;
  tell(wish, (waiter) => waiter.fail(own));
}

/** The vendor says nothing of which task it is about. Other errors would come again for each. */
export function isOfOneTask(error: unknown): boolean {
  return error instanceof ProviderError && (error.kind === 'invalid' || error.kind === 'unrecognized');
}

function idOf(task: TaskIds): string {
  return JSON.stringify(Object.entries(task).sort(([a], [b]) => a.localeCompare(b)));
}

function givenUp(): ProviderError {
  return new ProviderError('unavailable', 'AbortError', 'the look was given up');
}

function notOverYet(): ProviderError {
  const message = `${LONGEST_STAY_MS / 1_000} seconds after it was asked for, the look is not over`;
  return new ProviderError('unavailable', OUT_OF_TIME, message);
}
