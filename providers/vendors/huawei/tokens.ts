import type { ProviderErrorKind } from '../../../contract/failures.js';
import type { HttpAnswer, HttpEndpoint } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { SecretUnreadableError } from '../../secret-ref.js';
import { credentialError } from '../credentials/credential-error.js';
import { requestToken, type IamLogin, type IamToken } from './iam.js';
import { SingleFlight } from '../credentials/single-flight.js';

/** A token lives for 24 hours; it is renewed an hour before it ends, or half-way when it is to live less than two. */
const RENEW_BEFORE_MS = 60 * 60_000;
/** How long to leave IAM alone: after a failure, and before a token that has never worked is replaced. */
const PATIENCE_MS = 60_000;
const REFUSALS: ReadonlySet<ProviderErrorKind> = new Set(['unauthenticated', 'denied']);

export interface TokenOptions {
  readonly iam: HttpEndpoint;
  readonly project: { readonly name: string } | { readonly id: string };
  /** Asked with every login, so that a changed password is picked up. */
  readonly login: () => Promise<IamLogin>;
  /** Epoch milliseconds; for tests. */
  readonly now?: () => number;
}

interface KeptToken extends IamToken {
  readonly obtainedAtMs: number;
  renewAtMs: number;
  worked: boolean;
}

/** One IAM user's token, kept and renewed for all calls of a connection. */
export class HuaweiTokens {
  readonly #options: TokenOptions;
  readonly #now: () => number;
  readonly #logins = new SingleFlight(() => this.#logIn());
  #kept: KeptToken | undefined;
  /**
   * A login that IAM refused is not tried again at once: wrong passwords lock a user. A changed one is. It is forgotten with
   * the adapter, which the breaker has made anew for each try: that is one login for all Workers.
   */
  #refused: { readonly login: IamLogin; readonly error: ProviderError; readonly untilMs: number } | undefined;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Makes a call with a token; with a new one, once, when the vendor answers 401. A 401 has had no effect, so the call
   * may be anything. A new password or changed permissions void tokens before their time.
   */
  async call(send: (token: IamToken) => Promise<HttpAnswer>, signal: AbortSignal): Promise<HttpAnswer> {
    const kept = await this.#keptNow(signal);
    const answer = await send(kept);
    if (answer.status !== 401) {
      kept.worked = true;
      return answer;
    }
    // A token that has never worked is not the fault: new ones for every call would only lock the user.
    if (!kept.worked && this.#now() - kept.obtainedAtMs < PATIENCE_MS) return answer;
    const renewed = this.#kept === kept ? await this.#logins.join(signal) : await this.#keptNow(signal);
    const again = await send(renewed);
    if (again.status !== 401) renewed.worked = true;
    return again;
  }

  /** A token that has not ended; whether the vendor still takes it, only a call shows. */
  async current(signal: AbortSignal): Promise<IamToken> {
    return this.#keptNow(signal);
  }

  async #keptNow(signal: AbortSignal): Promise<KeptToken> {
    const kept = this.#kept;
    const now = this.#now();
    if (kept === undefined || now >= kept.expiresAtMs) return this.#logins.join(signal);
    if (now >= kept.renewAtMs) {
      kept.renewAtMs = now + PATIENCE_MS;
      // Nobody waits for it, and nobody minds when it fails: this one is still good, and the next is soon tried for.
      this.#renewAhead().catch(() => {});
    }
    return kept;
  }

  /** While the old token serves, no refused password is sent a second time: it passes no breaker here, and would lock the user. */
  async #renewAhead(): Promise<void> {
    if (this.#refused !== undefined && sameLogin(this.#refused.login, await this.#options.login())) return;
    await this.#logins.join(new AbortController().signal);
  }

  async #logIn(): Promise<KeptToken> {
    const login = await this.#options.login().catch((thrown: unknown) => {
      if (!(thrown instanceof SecretUnreadableError)) throw thrown;
      throw credentialError(thrown.name, thrown.message);
    });
    const refused = this.#refused;
    if (refused !== undefined && this.#now() < refused.untilMs && sameLogin(refused.login, login)) {
      throw refused.error;
    }
    const token = await this.#request(login);
    this.#refused = undefined;
    const obtainedAtMs = this.#now();
    const margin = Math.min(RENEW_BEFORE_MS, (token.expiresAtMs - obtainedAtMs) / 2);
    this.#kept = { ...token, obtainedAtMs, renewAtMs: token.expiresAtMs - margin, worked: false };
    return this.#kept;
  }

  async #request(login: IamLogin): Promise<IamToken> {
    try {
      // Of no caller's signal: all who wait share it. The endpoint's own limits end it.
      return await requestToken(
        this.#options.iam,
        login,
        this.#options.project,
        new AbortController().signal,
      );
    } catch (thrown) {
      if (thrown instanceof ProviderError && REFUSALS.has(thrown.kind)) {
        this.#refused = { login, error: thrown, untilMs: this.#now() + PATIENCE_MS };
      }
      throw thrown;
    }
  }
}

function sameLogin(a: IamLogin, b: IamLogin): boolean {
  return a.domainName === b.domainName && a.userName === b.userName && a.password === b.password;
}
