import { isDeepStrictEqual } from 'node:util';
import type { Quota } from './control-requests.js';

type BucketQuota = Extract<Quota, { perSecond: number }>;
type WindowQuota = Extract<Quota, { perMs: number }>;

/** Counts the calls of one operation against one quota. */
interface Meter {
  readonly quota: Quota;
  /** Whether one more call at this time, in milliseconds, fits; counts it if so. */
  take(at: number): boolean;
}

/** One meter an operation. It runs on real time: advancing the cloud's clock must not hide a client's haste. */
export class QuotaMeter {
  readonly #meters = new Map<string, Meter>();

  /** Whether one more call of the operation fits its quota, and counts it if so. */
  take(operation: string, quota: Quota | undefined, at = performance.now()): boolean {
    return quota === undefined || this.#meter(operation, quota, at).take(at);
  }

  #meter(operation: string, quota: Quota, at: number): Meter {
    const known = this.#meters.get(operation);
    if (known !== undefined && isDeepStrictEqual(known.quota, quota)) return known;
    const fresh = 'perMs' in quota ? new Window(quota) : new Bucket(quota, at);
    this.#meters.set(operation, fresh);
    return fresh;
  }
}

class Bucket implements Meter {
  #tokens: number;
  #filledAt: number;

  constructor(
    readonly quota: BucketQuota,
    at: number,
  ) {
    this.#tokens = quota.burst;
    this.#filledAt = at;
  }

  take(at: number): boolean {
    const filled = this.#tokens + ((at - this.#filledAt) / 1_000) * this.quota.perSecond;
    this.#tokens = Math.min(this.quota.burst, filled);
    this.#filledAt = at;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Holds in every stretch of `perMs`, where a bucket of that burst would let twice as many through in its first. */
class Window implements Meter {
  readonly quota: WindowQuota;
  readonly #passed: number[] = [];

  constructor(quota: WindowQuota) {
    this.quota = quota;
  }

  take(at: number): boolean {
    while ((this.#passed[0] ?? Infinity) <= at - this.quota.perMs) this.#passed.shift();
    if (this.#passed.length >= this.quota.calls) return false;
    this.#passed.push(at);
    return true;
  }
}
