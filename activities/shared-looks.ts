import { ProviderError, type TaskIds } from '../providers/provider.js';
import { HeldBackError } from './held-back-error.js';
import { PromisedTurns } from './promised-turns.js';

export interface SharedLooksOptions<Result> {
  /** How many tasks one call answers. */
  readonly batchSize: number;
  /** Tasks with different keys cannot be answered by one call. */
  readonly keyOf: (task: TaskIds) => string;
  /** How many calls of one key may be under way: while they wait for their turn, later looks gather for the next. */
  readonly callsAtOnce: number;
  readonly longestWaitMs: number;
  /** One call, answered in the order of the tasks. */
  readonly look: (tasks: readonly TaskIds[], signal: AbortSignal) => Promise<readonly Result[]>;
}

interface Waiter<Result> {
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

interface Line<Result> {
  readonly wishes: Map<string, Wish<Result>>;
  underWay: number;
  isGathering: boolean;
  /** How long the last call took. */
  callMs: number;
  readonly promised: PromisedTurns;
}

/** What comes in so soon after another is asked with it; a lone look is late by no more. */
const GATHER_MS = 5;

/** Looks that are asked for at about the same time, made together: calls are what a quota counts, not tasks. */
export class SharedLooks<Result> {
  readonly #lines = new Map<string, Line<Result>>();

  constructor(private readonly options: SharedLooksOptions<Result>) {}

  /**
   * Looks at one task. The look begins after it was asked for, so that it shows what the caller did before.
   * @throws ProviderError of the call that looked; HeldBackError at once when it would wait for too long.
   */
  async look(task: TaskIds, signal: AbortSignal): Promise<Result> {
    const key = this.options.keyOf(task);
    const line = this.#line(key);
    if (signal.aborted) throw givenUp();
    this.#refuseIfLate(line);
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.wishes.get(idOf(task))?.waiters.delete(waiter);
        reject(givenUp());
      };
      const stay = () => signal.removeEventListener('abort', leave);
      const waiter: Waiter<Result> = {
        give: (result) => {
          stay();
          resolve(result);
        },
        fail: (error) => {
          stay();
          reject(error);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      const wish = wishFor(line, task);
      wish.waiters.add(waiter);
      this.#gather(key, line);
    });
  }

  /** By how long the last call took, with its wait. */
  #refuseIfLate({ wishes, callMs, promised }: Line<Result>): void {
    const { batchSize, callsAtOnce, longestWaitMs } = this.options;
    const waitMs = (Math.floor(wishes.size / batchSize) * callMs) / callsAtOnce;
    if (waitMs <= longestWaitMs) return;
    const retryAfterMs = promised.next(performance.now(), waitMs, callMs / callsAtOnce / batchSize);
    const message = `${wishes.size} tasks are to be looked at before this one`;
    throw new HeldBackError('throttled', 'QuotaShare', message, retryAfterMs);
  }

  #line(key: string): Line<Result> {
    const line = this.#lines.get(key) ?? newLine<Result>();
    this.#lines.set(key, line);
    return line;
  }

  #gather(key: string, line: Line<Result>): void {
    if (line.isGathering) return;
    line.isGathering = true;
    setTimeout(() => {
      line.isGathering = false;
      this.#send(key, line);
    }, GATHER_MS);
  }

  #send(key: string, line: Line<Result>): void {
    while (line.underWay < this.options.callsAtOnce) {
      const batch = takeBatch(line, this.options.batchSize);
      if (batch.length === 0) break;
      line.underWay += 1;
      const sentAtMs = performance.now();
      void this.#make(line, batch).finally(() => {
        line.underWay -= 1;
        line.callMs = performance.now() - sentAtMs;
        this.#send(key, line);
      });
    }
    if (line.underWay === 0 && line.wishes.size === 0 && !line.isGathering) this.#lines.delete(key);
  }

  /** Never rejects: every waiter is told. */
  async #make(line: Line<Result>, batch: readonly Wish<Result>[]): Promise<void> {
    try {
      // A waiter that leaves does not end it for the others.
      const results = await this.options.look(
        batch.map(({ task }) => task),
        new AbortController().signal,
      );
      for (const [index, wish] of batch.entries()) settle(wish, results, index);
    } catch (error) {
      if (batch.length > 1 && isOfOneTask(error)) for (const wish of batch) lookAlone(line, wish);
      else for (const { waiters } of batch) for (const { fail } of waiters) fail(error);
    }
  }
}

function newLine<Result>(): Line<Result> {
  return { wishes: new Map(), underWay: 0, isGathering: false, callMs: 0, promised: new PromisedTurns() };
}

/** A look that waits to be sent is the look of all who want that task. */
function wishFor<Result>(line: Line<Result>, task: TaskIds): Wish<Result> {
  const id = idOf(task);
  const wish = line.wishes.get(id) ?? { task, waiters: new Set<Waiter<Result>>(), alone: false };
  line.wishes.set(id, wish);
  return wish;
}

function lookAlone<Result>(line: Line<Result>, { task, waiters }: Wish<Result>): void {
  const since = line.wishes.get(idOf(task))?.waiters ?? [];
  line.wishes.set(idOf(task), { task, waiters: new Set([...waiters, ...since]), alone: true });
}

function takeBatch<Result>({ wishes }: Line<Result>, size: number): Wish<Result>[] {
  const batch: Wish<Result>[] = [];
  for (const [id, wish] of wishes) {
    if (wish.waiters.size > 0 && batch.length > 0 && wish.alone) continue;
    wishes.delete(id);
    if (wish.waiters.size === 0) continue; // All have left.
    batch.push(wish);
    if (wish.alone || batch.length === size) break;
  }
  return batch;
}

function settle<Result>({ waiters }: Wish<Result>, results: readonly Result[], index: number): void {
  const result = results[index];
  for (const { give, fail } of waiters) {
    if (result === undefined)
      fail(new Error('A look was not answered for each of its tasks: a bug of the adapter'));
    else give(result);
  }
}

/** The vendor says nothing of which task it is about. Other errors would come again for each. */
function isOfOneTask(error: unknown): boolean {
  return error instanceof ProviderError && (error.kind === 'invalid' || error.kind === 'unrecognized');
}

function idOf(task: TaskIds): string {
  return JSON.stringify(Object.entries(task).sort(([a], [b]) => a.localeCompare(b)));
}

function givenUp(): ProviderError {
  return new ProviderError('unavailable', 'AbortError', 'the look was given up');
}
