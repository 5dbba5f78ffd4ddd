import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { OidcSettings } from '../config/api-settings.js';
import { VOUCHED } from '../contract/vouched-names.js';
import { SCOPES, type Caller } from './caller.js';
import { PLAIN_TEXT } from './plain-text.js';
import { ProblemError } from './problem.js';

/** Asymmetric ones alone: with a shared secret, whoever checks a token could make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const ANSWER_WITHIN_MS = 5_000;
/** Tokens with made-up key ids must not make us ask the issuer each time. */
const ASK_AGAIN_AFTER_MS = 30_000;

/** For how long what an issuer has said is taken as it is. */
interface Ages {
  /** Where its keys are: it may move them. */
  readonly addressMs: number;
  /** Which they are: one that it has withdrawn counts no longer. */
  readonly keysMs: number;
  /** Which they were, while it does not answer; then nobody is known by a token. By then, most tokens have expired. */
  readonly lastKeysMs: number;
}
const AGES: Ages = { addressMs: 3_600_000, keysMs: 600_000, lastKeysMs: 3_600_000 };
const CLOCKS_DIFFER_S = 5;
/** As Workflows take it; a longer one would be cut off, and two callers could be taken for one. */
const LONGEST_NAME = 190;

/** What is wrong with the token, and not with the issuer. */
const TOKEN_ERRORS = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/** The callers an OpenID Connect issuer vouches for. */
export class OidcCallers {
  #keys: Promise<JWTVerifyGetKey> | undefined;
  /** Where they are. */
  #address: string | undefined;
  #askedAtMs = -Infinity;

  constructor(
    private readonly settings: OidcSettings,
    private readonly ages = AGES,
  ) {}

  /**
   * Whose token it is.
   * @throws ProblemError `unauthenticated` with what is wrong with it; `authentication-unavailable` when the issuer does not answer.
   */
  async callerOf(token: string): Promise<Caller> {
    const { issuer, audience, nameClaim } = this.settings;
    try {
      const { payload } = await jwtVerify(token, await this.#issuerKeys(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCKS_DIFFER_S,
        requiredClaims: ['exp', nameClaim],
      });
      return toCaller(payload, this.settings);
    } catch (thrown) {
      if (thrown instanceof ProblemError) throw thrown;
      if (TOKEN_ERRORS.some((kind) => thrown instanceof kind))
        throw refused((thrown as Error).message, thrown);
      throw new ProblemError('authentication-unavailable', 'The issuer of the token does not answer.', {
        cause: thrown,
        headers: { 'retry-after': '5' },
      });
    }
  }

  #issuerKeys(): Promise<JWTVerifyGetKey> {
    const askedForMs = performance.now() - this.#askedAtMs;
    if (this.#keys === undefined) {
      if (askedForMs < ANSWER_WITHIN_MS) throw new Error('The issuer did not answer just now.');
      this.#keys = this.#discover();
      this.#keys.catch(() => {
        this.#keys = undefined;
        this.#askedAtMs = performance.now();
      });
    } else if (askedForMs > this.ages.addressMs) {
      // Until it answers anew, and while it does not, what it has said before counts.
      const keys = this.#discover();
      keys.then(
        () => (this.#keys = keys),
        () => {},
      );
    }
    return this.#keys;
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    this.#askedAtMs = performance.now();
    const known = this.#keys;
    const address = await discoverKeys(this.settings.issuer);
    // Those that were read there go on counting, as long as they do.
    if (known !== undefined && address === this.#address) return known;
    this.#address = address;
    return keysAt(new URL(address), this.ages);
  }
}

/** Its keys, asked for again when they are old. While it does not answer, the last it gave count, for a while. */
function keysAt(address: URL, { keysMs, lastKeysMs }: Ages): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(address, {
    timeoutDuration: ANSWER_WITHIN_MS,
    cooldownDuration: ASK_AGAIN_AFTER_MS,
    // By itself, it would refuse everybody as soon as they are old and no others can be had.
    cacheMaxAge: lastKeysMs,
  });
  let nextLookAtMs = performance.now() + keysMs;
  let looking = Promise.resolve();
  return async (header, token) => {
    if (keys.fresh && performance.now() >= nextLookAtMs) {
      nextLookAtMs = performance.now() + Math.min(keysMs, ASK_AGAIN_AFTER_MS);
      looking = keys.reload().then(
        () => void (nextLookAtMs = performance.now() + keysMs),
        () => {},
      );
    }
    // Everybody waits for it: of a key that was withdrawn, the next token is the first to be refused.
    await looking;
    return keys(header, token);
  };
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discoverKeys(issuer: string): Promise<string> {
  const answer = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!answer.ok) throw new Error(`Its discovery document: HTTP ${answer.status}`);
  const found = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (found.issuer !== issuer || typeof found.jwks_uri !== 'string')
    throw new Error('Its discovery document is of another issuer, or has no jwks_uri.');
  return found.jwks_uri;
}

function toCaller(payload: JWTPayload, settings: OidcSettings): Caller {
  const { nameClaim, scopesClaim, connectionsClaim } = settings;
  const name = payload[nameClaim];
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME || !PLAIN_TEXT.test(name))
    throw refused(`its claim "${nameClaim}" names nobody`);
  const words = wordsOf(payload[scopesClaim]);
  const scopes = SCOPES.filter((scope) => settings.scopes[scope].some((word) => words.includes(word)));
  return {
    name: `${VOUCHED.oidc}${name}`,
    scopes,
    ...(connectionsClaim !== undefined && { connections: wordsOf(payload[connectionsClaim]) }),
  };
}

/** A list, or words in a text, as OAuth's `scope` has them. */
function wordsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

function refused(why: string, cause?: unknown): ProblemError {
  return new ProblemError('unauthenticated', `The bearer token is not accepted: ${why}.`, {
    cause,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
}
