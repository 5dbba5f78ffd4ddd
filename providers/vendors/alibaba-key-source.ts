import { homedir } from 'node:os';
import type { AlibabaCredentials } from './alibaba-credentials.js';
import { environmentGrant } from './alibaba-environment.js';
import { redeem, type AlibabaGrant } from './alibaba-grant.js';
import { ALIBABA_METADATA } from './alibaba-instance-role.js';
import { profileFiles, profileGrant, type ProfilePlaces } from './alibaba-profiles.js';
import type { AlibabaKeys } from './alibaba-signature.js';
import { credentialError } from './credential-error.js';
import { readCredentialSecret } from './credential-file.js';
import { KeptKeys } from './kept-keys.js';

/** As the official SDKs do it. */
const RENEW_BEFORE_MS = 15 * 60_000;

export interface AlibabaKeySourceOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where `.aliyun` and `.alibabacloud` are. */
  readonly home?: string;
  readonly metadataOrigin?: string;
  /** Epoch milliseconds; for tests. */
  readonly now?: () => number;
}

/** The keys of one connection, wherever its `credentials` say they come from. */
export class AlibabaKeySource {
  readonly #kept: KeptKeys<AlibabaKeys>;

  constructor(credentials: AlibabaCredentials, options: AlibabaKeySourceOptions = {}) {
    const { env = process.env, home = homedir(), metadataOrigin = ALIBABA_METADATA } = options;
    this.#kept = new KeptKeys(
      async () => redeem(await grantOf(credentials, { env, home }), metadataOrigin, env),
      { renewBeforeMs: RENEW_BEFORE_MS, now: options.now ?? Date.now },
    );
  }

  /**
   * Keys that are good now: replaced ones are picked up within seconds, temporary ones renewed ahead of their end.
   * @throws ProviderError that names the source and what to do, and never a value.
   */
  async keys(signal: AbortSignal): Promise<AlibabaKeys> {
    return this.#kept.get(signal);
  }

  /** Says that the vendor called these keys invalid, so that others are obtained; once a minute at most. */
  forget(refused: AlibabaKeys): void {
    this.#kept.forget(refused);
  }
}

async function grantOf(credentials: AlibabaCredentials, places: ProfilePlaces): Promise<AlibabaGrant> {
  if (credentials === undefined) return defaultGrant(places);
  if ('profile' in credentials) return namedProfile(credentials.profile, places);
  if ('ecsRole' in credentials) return { instanceRole: credentials.ecsRole };
  if ('oidc' in credentials) return { oidcRole: credentials.oidc };
  if ('assumeRole' in credentials) {
    const { from, ...role } = credentials.assumeRole;
    return { role, from: await grantOf(from, places) };
  }
  const { securityToken } = credentials;
  const [accessKeyId, accessKeySecret, token] = await Promise.all([
    readCredentialSecret(credentials.accessKeyId, places.env),
    readCredentialSecret(credentials.accessKeySecret, places.env),
    securityToken && readCredentialSecret(securityToken, places.env),
  ]);
  return { keys: { accessKeyId, accessKeySecret, ...(token !== undefined && { securityToken: token }) } };
}

async function namedProfile(name: string, places: ProfilePlaces): Promise<AlibabaGrant> {
  const grant = await profileGrant(name, places);
  if (grant !== undefined) return grant;
  const files = profileFiles(places).join(' or ');
  throw credentialError(
    'ProfileNotFound',
    `There is no profile "${name}" in ${files}: add it, or name another.`,
  );
}

/** The first of the usual places that names credentials. What names them wrongly is not passed over: the next may be another account's. */
async function defaultGrant(places: ProfilePlaces): Promise<AlibabaGrant> {
  const ofEnvironment = environmentGrant(places.env);
  if (ofEnvironment !== undefined) return ofEnvironment;
  const named = places.env['ALIBABA_CLOUD_PROFILE'];
  const grant = named ? await namedProfile(named, places) : await profileGrant(undefined, places);
  if (grant === undefined) {
    throw credentialError(
      'NoCredentials',
      `No Alibaba Cloud credentials: neither ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET nor ALIBABA_CLOUD_OIDC_TOKEN_FILE is set, and there is no current or default profile in ${profileFiles(places).join(' or ')}; set one of them, or name a source under "credentials" of the connection.`,
    );
  }
  if ('instanceRole' in grant) {
    throw credentialError(
      'ProfileNotNamed',
      'The profile that is found without a name asks the metadata service of an instance: name it in the connection, as credentials: { profile: … } or { ecsRole: true }.',
    );
  }
  return grant;
}
