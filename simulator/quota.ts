import type { Quota } from './control-requests.js';

interface Bucket {
  tokens: number;
  filledAt: number;
  quota: Quota;
}

/** One token bucket an operation. It runs on real time: advancing the cloud's clock must not hide a client's haste. */
export class QuotaMeter {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether one more call of the operation fits its quota, and counts it if so. */
  take(operation: string, quota: Quota | undefined, at = performance.now()): boolean {
    if (quota === undefined) return true;
    const bucket = this.#bucket(operation, quota, at);
    const filled = bucket.tokens + ((at - bucket.filledAt) / 1_000) * quota.perSecond;
    bucket.tokens = Math.min(quota.burst, filled);
    bucket.filledAt = at;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #bucket(operation: string, quota: Quota, at: number): Bucket {
    const known = this.#buckets.get(operation);
    if (
      known !== undefined &&
      known.quota.perSecond === quota.perSecond &&
      known.quota.burst === quota.burst
    ) {
      return known;
    }
    const fresh = { tokens: quota.burst, filledAt: at, quota };
    this.#buckets.set(operation, fresh);
    return fresh;
  }
}
