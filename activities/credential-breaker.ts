import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@temporalio/common';
import type { ProviderErrorKind } from '../contract/failures.js';
import { ProviderError } from '../providers/provider.js';
import { HeldBackError } from './held-back-error.js';

export interface Cooldowns {
  readonly firstCooldownMs?: number;
  readonly longestCooldownMs?: number;
}

export interface BreakerOptions extends Cooldowns {
  readonly connection: string;
  readonly logger: Logger;
  /** The credential was refused: what was read of it is to be read anew before the next call. */
  readonly onRefused: () => void;
}

/** A vendor may lock a key for five minutes after five bad signatures. */
const FIRST_COOLDOWN_MS = 30_000;
const LONGEST_COOLDOWN_MS = 5 * 60_000;
/** All that wait come back together otherwise. */
const SPREAD = 0.2;
/** For one that has waited for another's answer for as long as it could. */
const UNTRIED_RETRY_MS = 5_000;

/** How long a call may wait before it is made. */
export interface CallLimit {
  readonly signal: AbortSignal;
  /** By `performance.now()`. */
  readonly startByMs: number;
}

/** Whether the vendor has looked at the credential, and accepted it, before it answered so. */
const PROVES_CREDENTIAL = {
  denied: true,
  invalid: true,
  // May be the answer of a proxy between, such as its page for 404.
  unrecognized: false,
  unavailable: false,
  // Calls may be counted before they are authenticated.
  throttled: false,
  unauthenticated: false,
} as const satisfies Record<ProviderErrorKind, boolean>;

interface Open {
  readonly refusal: ProviderError;
  readonly cooldownMs: number;
  readonly nextTryAtMs: number;
}

/**
 * Stands before all calls of a connection. When the vendor does not accept the credential it lets none through but one
 * at a time, ever more rarely, until one is accepted. Before the first answer, too, it lets one go ahead of the others.
 */
export class CredentialBreaker {
  readonly #firstCooldownMs: number;
  readonly #longestCooldownMs: number;
  #open: Open | undefined;
  #hasWorked = false;
  /** Ends, never with an error, when the one call that went ahead has its answer. */
  #probe: Promise<void> | undefined;

  constructor(private readonly options: BreakerOptions) {
    this.#firstCooldownMs = options.firstCooldownMs ?? FIRST_COOLDOWN_MS;
    this.#longestCooldownMs = options.longestCooldownMs ?? LONGEST_COOLDOWN_MS;
  }

  /**
   * Makes a call if it may be made.
   * @param call gets a function to be called right before the vendor is: the credential may have been refused meanwhile.
   * @throws HeldBackError `unauthenticated` with the vendor's code, without or after a call; HeldBackError `unavailable`
   * when the one that goes ahead has no answer in time; ProviderError `unavailable` when the signal is aborted meanwhile;
   * what the call throws.
   */
  async guard<T>(limit: CallLimit, call: (stillAllowed: () => void) => Promise<T>): Promise<T> {
    while (this.#probe !== undefined) await waitFor(this.#probe, limit);
    if (this.#open !== undefined && performance.now() < this.#open.nextTryAtMs)
      throw this.#heldBack(this.#open);
    if (this.#open === undefined && this.#hasWorked)
      return this.#make(() => call(() => this.#mustBeClosed()));
    const probing = this.#make(() => call(() => {}), { isProbe: true });
    const settled = () => void (this.#probe = undefined);
    this.#probe = probing.then(settled, settled);
    return probing;
  }

  /** For what comes before the first call, such as reading the credential: it may fail, and proves nothing when it works. */
  async prepare<T>(make: () => Promise<T>): Promise<T> {
    const open = this.#open;
    if (open !== undefined && performance.now() < open.nextTryAtMs) throw this.#heldBack(open);
    try {
      return await make();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.kind !== 'unauthenticated') throw thrown;
      throw this.#heldBack(this.#refused(thrown, open !== undefined));
    }
  }

  #mustBeClosed(): void {
    if (this.#open !== undefined) throw this.#heldBack(this.#open);
  }

  async #make<T>(call: () => Promise<T>, { isProbe = false } = {}): Promise<T> {
    try {
      const answer = await call();
      this.#accepted(isProbe);
      return answer;
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown instanceof HeldBackError) throw thrown;
      if (thrown.kind === 'unauthenticated') throw this.#heldBack(this.#refused(thrown, isProbe));
      if (PROVES_CREDENTIAL[thrown.kind]) this.#accepted(isProbe);
      else if (isProbe) this.#leftOpen();
      throw thrown;
    }
  }

  /** The probe has told nothing of the credential: the next is made after as long a pause. */
  #leftOpen(): void {
    const open = this.#open;
    if (open !== undefined) this.#open = { ...open, nextTryAtMs: performance.now() + open.cooldownMs };
  }

  /** A call that was under way before it opened proves nothing: the credential may have changed since. */
  #accepted(isProbe: boolean): void {
    this.#hasWorked = true;
    if (this.#open === undefined || !isProbe) return;
    this.#open = undefined;
    const { connection, logger } = this.options;
    logger.info(`Connection "${connection}": the vendor accepts its credential again; its work goes on.`, {
      connection,
    });
  }

  #refused(refusal: ProviderError, isProbe: boolean): Open {
    const before = this.#open;
    // Of calls that were under way together, the first opens; the others tell nothing new.
    if (before !== undefined && !isProbe) return before;
    if (before === undefined) this.#tell(refusal);
    this.options.onRefused();
    const cooldownMs =
      before === undefined ? this.#firstCooldownMs : Math.min(before.cooldownMs * 2, this.#longestCooldownMs);
    this.#open = { refusal, cooldownMs, nextTryAtMs: performance.now() + cooldownMs };
    return this.#open;
  }

  #tell({ code, message, context }: ProviderError): void {
    const { connection, logger } = this.options;
    logger.error(
      `Connection "${connection}": the vendor does not accept its credential: ${code}: ${message.replace(/[.\s]*$/, '.')} Its calls are held back; one is made now and then, until one is accepted.`,
      { connection, code, requestId: context.requestId },
    );
  }

  #heldBack({ refusal, cooldownMs, nextTryAtMs }: Open): HeldBackError {
    const { kind, code, message, context } = refusal;
    const restMs = Math.max(0, nextTryAtMs - performance.now());
    const retryAfterMs = Math.round(restMs + Math.random() * SPREAD * cooldownMs);
    const nextTry = new Date(Date.now() + restMs).toISOString();
    const words = `${message.replace(/[.\s]*$/, '.')} The next call with it is made at ${nextTry}.`;
    return new HeldBackError(kind, code, words, retryAfterMs, {
      ...(context.requestId !== undefined && { requestId: context.requestId }),
    });
  }
}

async function waitFor(probe: Promise<void>, { signal, startByMs }: CallLimit): Promise<void> {
  const done = new AbortController();
  const restMs = Math.max(0, startByMs - performance.now());
  const late = sleep(restMs, true, { signal: AbortSignal.any([signal, done.signal]) });
  const isLate = await Promise.race([probe, late]).catch(() => {
    throw new ProviderError('unavailable', 'AbortError', 'the call was given up before it was made');
  });
  done.abort();
  if (isLate !== true) return;
  const message = 'another call tries the credential first, and has no answer yet';
  const retryAfterMs = Math.round(UNTRIED_RETRY_MS * (1 + Math.random() * SPREAD));
  throw new HeldBackError('unavailable', 'CredentialUntried', message, retryAfterMs);
}
