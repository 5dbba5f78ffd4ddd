import type { RefusedCredential, Refusal } from '../contract/credential-turn.js';
import { asSentence } from './credential-news.js';
import { HeldBackError } from './held-back-error.js';

/** All that wait come back together otherwise. */
const SPREAD = 0.2;
/** To ask here costs the vendor nothing, and whoever waits goes on soon after another's call was accepted. */
const LONGEST_RETRY_MS = 60_000;

/** A credential that the vendor does not accept, as this process knows it: when the next call may be made with it. */
export class RefusedUntil {
  constructor(
    readonly refusal: Refusal,
    readonly cooldownMs: number,
    /** By `performance.now()`. */
    readonly nextTryAtMs: number,
  ) {}

  static from({ refusal, cooldownMs, restMs }: RefusedCredential): RefusedUntil {
    return new RefusedUntil(refusal, cooldownMs, performance.now() + restMs);
  }

  get isDue(): boolean {
    return performance.now() >= this.nextTryAtMs;
  }

  /** The error of a call that is not made, or not believed: the vendor's own code and when the next call is made. */
  heldBack(): HeldBackError {
    const { code, message, requestId } = this.refusal;
    const restMs = Math.max(0, this.nextTryAtMs - performance.now());
    const spread = Math.random() * SPREAD;
    const retryAfterMs = Math.round(
      Math.min(restMs + spread * this.cooldownMs, LONGEST_RETRY_MS * (1 + spread)),
    );
    const nextTry = new Date(Date.now() + restMs).toISOString();
    const words = `${asSentence(message)} The next call with it is made at ${nextTry}.`;
    return new HeldBackError('unauthenticated', code, words, retryAfterMs, {
      ...(requestId !== undefined && { requestId }),
    });
  }
}
