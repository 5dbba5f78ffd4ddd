import type { RefusedCredential } from '../contract/credential-turn.js';
import { LEASE_MS, type LeaseNeed, type Share } from '../contract/quota-share.js';
import type { Quota } from '../providers/quota.js';
import type { CallQueue } from './call-queue.js';
import type { LeasedPace } from './leased-pace.js';
import { FIRST_HOLD_MS } from './pace.js';
import type { ConnectionKeeper } from './connection-keeper.js';

/** An operation with a quota, as this process works at it. */
export interface LimitedOperation {
  readonly quota: Quota;
  readonly pace: LeasedPace;
  readonly queue: CallQueue;
}

interface Entry extends LimitedOperation {
  renewAtMs: number;
  /** Since when the queue counts. */
  countedFromMs: number;
  /** Calls in the time of a lease, where its share was all it needed: when it needs more, it does not wait for the renewal. */
  enoughFor: number;
  /** By the last request that was answered. */
  isGivenBack: boolean;
  throttled?: { readonly retryAfterMs: number };
}

const LONGEST_RETRY_MS = 5_000;
/** An operation whose last call is so long past, and where none waits, needs no share for now … */
const IDLE_AFTER_MS = 500;
/** … and sooner where the calls before came one upon the other, as a campaign's do: by so many of the longest gap between them. */
const IDLE_AFTER_GAPS = 3;
const CALLS_OF_GAPS = 10;
const SOONEST_IDLE_MS = 200;
/** How often it is seen whether one is idle, so that the others have its share soon. */
const LOOKED_AT_EVERY_MS = 100;
/** A share that is so much of what was needed is taken for enough. */
const ENOUGH = 0.9;
/** For so long calls are counted before they say what is needed. */
const COUNTED_FOR_MS = 250;
/** A share that soon ends by itself is not worth a request. */
const WORTH_GIVING_BACK_MS = 3_000;

/** Keeps this process's shares of one connection's quotas, for as long as there are calls that need them. */
export class QuotaLease {
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #asking = false;
  #failures = 0;
  #trouble: string | undefined;
  #closed = false;

  constructor(
    private readonly connection: string,
    private readonly holder: string,
    private readonly keeper: ConnectionKeeper,
    /** What the keeper says beside the shares. */
    private readonly onRefused: (refused: RefusedCredential) => void,
  ) {}

  /** Why the keeper did not answer the last time it was asked. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  add(name: string, operation: LimitedOperation): void {
    this.#entries.set(name, {
      ...operation,
      renewAtMs: -Infinity,
      countedFromMs: -Infinity,
      enoughFor: Infinity,
      isGivenBack: false,
    });
  }

  /** A call of the operation is about to wait for its turn. */
  want(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) this.#wakeAt(entry.renewAtMs);
  }

  /** Tells the keeper at once, or with the next renewal while it is being asked: the vendor's other callers are to slow down too. */
  throttled(name: string, retryAfterMs: number = FIRST_HOLD_MS): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.throttled = { retryAfterMs: Math.max(retryAfterMs, entry.throttled?.retryAfterMs ?? 0) };
    entry.renewAtMs = performance.now();
    this.#wakeAt(entry.renewAtMs);
  }

  /** Whether there may be shares to give back. */
  get hasAsked(): boolean {
    return [...this.#entries.values()].some(({ renewAtMs }) => renewAtMs > -Infinity);
  }

  /** Asks for no more; no call may be made after it. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wakeAt(atMs: number): void {
    if (this.#asking || this.#closed || atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    // Even when it is due: what asks together is asked for together.
    this.#timer = setTimeout(() => void this.#wake(), Math.max(0, atMs - performance.now()));
  }

  async #wake(): Promise<void> {
    this.#timerAtMs = Infinity;
    this.#asking = true;
    await this.#renewShares();
    this.#asking = false;
    const nowMs = performance.now();
    for (const entry of this.#entries.values())
      if (isLive(entry, nowMs)) this.#wakeAt(Math.min(entry.renewAtMs, nowMs + LOOKED_AT_EVERY_MS));
  }

  async #renewShares(): Promise<void> {
    const askedAtMs = performance.now();
    const live = [...this.#entries].filter(([, entry]) => isLive(entry, askedAtMs));
    if (!live.some(([, entry]) => isDue(entry, askedAtMs))) return;
    const entries = live.filter(([, entry]) => isDue(entry, askedAtMs) || isKnown(entry, askedAtMs));
    const operations = Object.fromEntries(entries.map(([name, entry]) => [name, needOf(entry, askedAtMs)]));
    for (const [name, entry] of entries) {
      entry.queue.countAnew();
      entry.countedFromMs = askedAtMs;
      entry.pace.beginRenewal(operations[name]?.demand ?? 0);
    }
    try {
      const answer = await this.keeper.lease(this.connection, { holder: this.holder, operations });
      this.#trouble = undefined;
      this.#failures = 0;
      for (const [name, entry] of entries) take(entry, operations[name], answer.shares[name], askedAtMs);
      if (answer.refused !== undefined) this.onRefused(answer.refused);
    } catch (thrown) {
      this.#trouble = thrown instanceof Error ? thrown.message : String(thrown);
      this.#failures += 1;
      const retryMs = Math.min(1_000 * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
      for (const [, entry] of entries) {
        entry.renewAtMs = performance.now() + retryMs;
        entry.enoughFor = Infinity;
      }
    }
  }
}

/** Whether there is something to ask for, or to give back. */
function isLive(entry: Entry, nowMs: number): boolean {
  return isWanted(entry, nowMs) || entry.pace.restMs(nowMs) > WORTH_GIVING_BACK_MS;
}

function isDue(entry: Entry, nowMs: number): boolean {
  return entry.renewAtMs <= nowMs || hasTooLittle(entry, nowMs) || !isWanted(entry, nowMs);
}

/** What was called in a moment says nothing of what is needed: a share is not to shrink for that because another is due. */
function isKnown({ countedFromMs }: Entry, nowMs: number): boolean {
  return nowMs - countedFromMs >= COUNTED_FOR_MS;
}

/** What it needs has grown since it was asked for: campaigns wait for nothing while they look, and then for all they can get. */
function hasTooLittle(entry: Entry, nowMs: number): boolean {
  return entry.queue.waiting > 0 && isKnown(entry, nowMs) && demandOf(entry, nowMs) > entry.enoughFor;
}

function isWanted(entry: Entry, nowMs: number): boolean {
  const { queue, throttled, countedFromMs, isGivenBack } = entry;
  const isInUse = queue.made > 1 || (!isGivenBack && nowMs - countedFromMs < IDLE_AFTER_MS);
  const isBusy = queue.waiting > 0 || (isInUse && nowMs - queue.madeAtMs < idleAfterMs(entry));
  return isBusy || throttled !== undefined;
}

function idleAfterMs({ queue }: Entry): number {
  if (queue.made < CALLS_OF_GAPS) return IDLE_AFTER_MS;
  return Math.min(IDLE_AFTER_MS, Math.max(SOONEST_IDLE_MS, IDLE_AFTER_GAPS * queue.longestGapMs));
}

/** No demand gives the share back. */
function needOf(entry: Entry, nowMs: number): LeaseNeed {
  const { quota, pace, throttled } = entry;
  const demand = isWanted(entry, nowMs) ? demandOf(entry, nowMs) : 0;
  const acting = pace.acting(nowMs);
  return {
    quota,
    demand,
    ...(acting !== undefined && { acting }),
    ...(throttled !== undefined && { throttled }),
  };
}

/** Calls in the time of a lease. */
function demandOf({ queue, countedFromMs }: Entry, nowMs: number): number {
  // Where some still wait, it was too little.
  const made = (queue.made * (queue.waiting > 0 ? 4 : 1) * LEASE_MS) / (nowMs - countedFromMs);
  return Math.ceil(Math.max(1, queue.wanted + made));
}

function take(entry: Entry, need: LeaseNeed | undefined, share: Share | undefined, askedAtMs: number) {
  if (share === undefined) return;
  if (entry.throttled === need?.throttled) delete entry.throttled;
  entry.pace.renew(share, askedAtMs, performance.now());
  const { demand = 0 } = need ?? {};
  entry.isGivenBack = demand === 0;
  const calls = (share.callsPerSecond * LEASE_MS) / 1_000;
  // One that is to be used to its end is a turn: who has it waits for the next.
  const isTurn = share.askAgainInMs >= share.validForMs;
  entry.enoughFor = calls >= demand * ENOUGH && !isTurn ? Math.max(calls, demand) : Infinity;
  // One that was given back is asked for as soon as there is a call again.
  entry.renewAtMs = entry.isGivenBack ? -Infinity : askedAtMs + share.askAgainInMs;
  entry.queue.refresh();
}
