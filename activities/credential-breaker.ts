import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@temporalio/common';
import type {
  CredentialAnswer,
  RefusedCredential,
  Refusal,
  TryOutcome,
} from '../contract/credential-turn.js';
import type { ProviderErrorKind } from '../contract/failures.js';
import { ProviderError } from '../providers/provider.js';
import { logNews } from './credential-news.js';
import type { CredentialTurns } from './credential-turns.js';
import { HeldBackError } from './held-back-error.js';
import { RefusedUntil } from './refused-until.js';

export interface Cooldowns {
  readonly firstCooldownMs?: number;
  readonly longestCooldownMs?: number;
}

export interface BreakerOptions extends Cooldowns {
  readonly connection: string;
  readonly turns: CredentialTurns;
  readonly logger: Logger;
  /** The credential was refused: what was read of it is to be read anew before the next call. */
  readonly onRefused: () => void;
}

/** A vendor may lock a key for five minutes after five bad signatures. */
const FIRST_COOLDOWN_MS = 30_000;
const LONGEST_COOLDOWN_MS = 5 * 60_000;
/** For one that has waited for another's answer, or for Temporal's, for as long as it could. */
const RETRY_MS = 5_000;
/** For one that is to be made with a new adapter. */
const OUTLIVED_RETRY_MS = 100;
const SPREAD = 0.2;
/** A call that was refused has its answer after that, whether the others know of it or not. */
const TOLD_WITHIN_MS = 5_000;
const ASK_AGAIN_MS = 1_000;
/** A vendor's code; its message is short already. */
const LONGEST_CODE = 200;
const LONGEST_MESSAGE = 1_000;

/** How long a call may wait before it is made. */
export interface CallLimit {
  readonly signal: AbortSignal;
  /** By `performance.now()`. */
  readonly startByMs: number;
}

/** What an error tells of the credential. */
const OUTCOMES = {
  // The vendor has looked at the credential, and accepted it, before it answered so.
  denied: 'accepted',
  invalid: 'accepted',
  // May be the answer of a proxy between, such as its page for 404.
  unrecognized: 'unclear',
  unavailable: 'unclear',
  // Calls may be counted before they are authenticated.
  throttled: 'unclear',
  unauthenticated: 'refused',
} as const satisfies Record<ProviderErrorKind, TryOutcome>;

/** `try`: by the keeper's leave, who wants to know what came of it. `first`: ahead of the others of this process. */
type Way = 'try' | 'first' | 'any';

/**
 * Stands before all calls of a connection in this process. When the vendor does not accept the credential it lets none
 * through but those that the keeper gives leave for: one at a time for all processes, ever more rarely, until one is accepted.
 * Before the first answer, too, one goes ahead of the others. While all is well it asks the keeper nothing.
 */
export class CredentialBreaker {
  #refused: RefusedUntil | undefined;
  /** Of the newest refusal that was heard of. */
  #version = 0;
  /** How often this process has heard of one. */
  #refusals = 0;
  /** The vendor has accepted the credential of this process. */
  #hasWorked = false;
  /** It accepts that of another: nobody has to be asked. */
  #mayCall = false;
  /** Ends, never with an error, when the one call that went ahead has its answer. */
  #ahead: Promise<void> | undefined;
  /** Why the keeper did not answer the last time it was asked. */
  #trouble: string | undefined;

  constructor(private readonly options: BreakerOptions) {}

  /**
   * Makes a call if it may be made.
   * @param call gets a function to be called right before the vendor is: the credential may have been refused meanwhile.
   * @throws HeldBackError `unauthenticated` with the vendor's code, without or after a call; HeldBackError `unavailable`
   * when the one that goes ahead has no answer in time, or Temporal does not say whether it may go; ProviderError
   * `unavailable` when the signal is aborted meanwhile; what the call throws.
   */
  async guard<T>(limit: CallLimit, call: (stillAllowed: () => void) => Promise<T>): Promise<T> {
    while (this.#ahead !== undefined) await this.#waitFor(this.#ahead, limit);
    if (this.#refused?.isDue === false) throw this.#refused.heldBack();
    if (this.#refused === undefined && this.#hasWorked) return this.#make('any', call);
    const going = this.#goAhead(limit, call);
    const settled = () => void (this.#ahead = undefined);
    this.#ahead = going.then(settled, settled);
    return going;
  }

  /** For what comes before the first call, such as reading the credential: it may fail, and proves nothing when it works. */
  async prepare<T>(make: () => Promise<T>): Promise<T> {
    if (this.#refused?.isDue === false) throw this.#refused.heldBack();
    try {
      return await make();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError) || thrown.kind !== 'unauthenticated') throw thrown;
      throw await this.#open(thrown);
    }
  }

  /** The keeper has said, unasked, that the vendor does not accept the credential of some process. */
  heard(refused: RefusedCredential): void {
    if (refused.version > this.#version) this.#hold(refused);
    else if (refused.version === this.#version && this.#refused !== undefined) {
      const told = RefusedUntil.from(refused);
      if (told.nextTryAtMs < this.#refused.nextTryAtMs) this.#refused = told; // Who was refused has ended.
    }
  }

  async #goAhead<T>(limit: CallLimit, call: (stillAllowed: () => void) => Promise<T>): Promise<T> {
    const way = this.#mayCall && this.#refused === undefined ? 'first' : await this.#askedLeave(limit);
    return this.#make(way, call);
  }

  async #askedLeave(limit: CallLimit): Promise<Way> {
    for (;;) {
      const { may, restMs, refused } = await this.#ask(limit);
      if (refused !== undefined && (may === 'nothing' || refused.version > this.#version))
        this.#hold(refused);
      if (may === 'nothing' && this.#refused !== undefined) throw this.#refused.heldBack();
      if (may === 'try') return 'try';
      if (may === 'call') {
        this.#mayCall = true;
        this.#refused = undefined;
        return 'first';
      }
      await this.#waitFor(sleep(restMs), limit);
    }
  }

  /** Asks until there is an answer, as long as there is time for the call after it. */
  async #ask(limit: CallLimit): Promise<CredentialAnswer> {
    for (;;) {
      try {
        const answer = await this.options.turns.ask();
        this.#trouble = undefined;
        return answer;
      } catch (thrown) {
        this.#trouble = thrown instanceof Error ? thrown.message : String(thrown);
      }
      await this.#waitFor(sleep(ASK_AGAIN_MS), limit);
    }
  }

  async #make<T>(way: Way, call: (stillAllowed: () => void) => Promise<T>): Promise<T> {
    let isMade = false;
    const refusals = this.#refusals;
    const stillAllowed = () => {
      if (way !== 'try' && this.#refused !== undefined) throw this.#refused.heldBack();
      // Its adapter has the credential that was refused, though another may have been accepted since.
      if (refusals !== this.#refusals) throw this.#outlived();
      isMade = true;
    };
    try {
      const answer = await call(stillAllowed);
      this.#accepted(way);
      return answer;
    } catch (thrown) {
      const isVendors = thrown instanceof ProviderError && !(thrown instanceof HeldBackError);
      const outcome = isVendors ? OUTCOMES[thrown.kind] : 'unclear';
      if (isVendors && outcome === 'refused') throw await this.#open(thrown, way);
      if (outcome === 'accepted') this.#accepted(way);
      else if (way === 'try') this.#leftOpen(isMade ? 'unclear' : 'unmade');
      throw thrown;
    }
  }

  /** The try has told nothing of the credential; after one that was made, the next is made after as long a pause. */
  #leftOpen(is: 'unclear' | 'unmade'): void {
    const before = this.#refused;
    if (before !== undefined && is === 'unclear') {
      const { refusal, cooldownMs } = before;
      this.#refused = new RefusedUntil(refusal, cooldownMs, performance.now() + cooldownMs);
    }
    void this.#tell({ is });
  }

  /** A call that was under way before it was refused proves nothing: the credential may have changed since. */
  #accepted(way: Way): void {
    if (this.#refused !== undefined && way !== 'try') return;
    this.#hasWorked = true;
    this.#refused = undefined;
    if (way === 'try') void this.#tell({ is: 'accepted' });
  }

  async #open({ code, message, context }: ProviderError, way: Way = 'first'): Promise<HeldBackError> {
    const {
      onRefused,
      firstCooldownMs = FIRST_COOLDOWN_MS,
      longestCooldownMs = LONGEST_COOLDOWN_MS,
    } = this.options;
    const before = this.#refused;
    // Of calls that were under way together, the first opens; the others tell nothing new.
    const isNew = before === undefined || way === 'try' || (way === 'first' && before.isDue);
    if (!isNew) return before.heldBack();
    const { requestId } = context;
    const refusal: Refusal = {
      code: code.slice(0, LONGEST_CODE),
      message: message.slice(0, LONGEST_MESSAGE),
      ...(requestId !== undefined && { requestId }),
    };
    const cooldownMs =
      before === undefined ? firstCooldownMs : Math.min(before.cooldownMs * 2, longestCooldownMs);
    // Until the keeper has said how long it really is.
    const guess = new RefusedUntil(refusal, cooldownMs, performance.now() + cooldownMs);
    this.#refused = guess;
    this.#forgetWork();
    onRefused();
    const cooldowns = { firstMs: firstCooldownMs, longestMs: longestCooldownMs };
    const told = this.#tell({ is: 'refused', refusal, cooldowns });
    await Promise.race([told, sleep(TOLD_WITHIN_MS, undefined, { ref: false })]);
    return (this.#refused ?? guess).heldBack();
  }

  /** Never throws; what cannot be told is told until it can. */
  async #tell(told: Parameters<CredentialTurns['tell']>[0]): Promise<void> {
    const { turns, logger, connection } = this.options;
    const answer = await turns.tell(told).catch(() => undefined);
    if (answer === undefined) return;
    const { news, refused } = answer;
    if (told.is === 'refused' && refused !== undefined && refused.version >= this.#version) {
      this.#version = refused.version;
      this.#refused = RefusedUntil.from(refused);
    }
    if (news !== undefined)
      logNews(logger, connection, news, told.is === 'refused' ? told.refusal : undefined);
  }

  #hold(refused: RefusedCredential): void {
    this.#version = Math.max(this.#version, refused.version);
    this.#refused = RefusedUntil.from(refused);
    this.#forgetWork();
    this.options.onRefused();
  }

  #outlived(): HeldBackError {
    const message =
      'the credential was refused while the call waited for its turn; it is made with the new one';
    return new HeldBackError('unavailable', 'CredentialRenewed', message, OUTLIVED_RETRY_MS);
  }

  #forgetWork(): void {
    this.#refusals += 1;
    this.#hasWorked = false;
    this.#mayCall = false;
  }

  async #waitFor(what: Promise<void>, { signal, startByMs }: CallLimit): Promise<void> {
    const done = new AbortController();
    const restMs = Math.max(0, startByMs - performance.now());
    const late = sleep(restMs, true, { signal: AbortSignal.any([signal, done.signal]) });
    const isLate = await Promise.race([what, late]).catch(() => {
      throw new ProviderError('unavailable', 'AbortError', 'the call was given up before it was made');
    });
    done.abort();
    if (isLate !== true) return;
    throw this.#late();
  }

  #late(): HeldBackError {
    if (this.#refused !== undefined) return this.#refused.heldBack();
    const retryAfterMs = Math.round(RETRY_MS * (1 + Math.random() * SPREAD));
    if (this.#trouble === undefined) {
      const message = 'another call tries the credential first, and has no answer yet';
      return new HeldBackError('unavailable', 'CredentialUntried', message, retryAfterMs);
    }
    const message = `Temporal does not say whether the connection's credential may be used: ${this.#trouble}`;
    return new HeldBackError('unavailable', 'CredentialUnknown', message, retryAfterMs);
  }
}
