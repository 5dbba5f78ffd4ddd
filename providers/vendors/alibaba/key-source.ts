import { homedir } from 'node:os';
import type { SecretRef } from '../../secret-ref.js';
import type { AlibabaCredentials } from './credentials.js';
import { environmentGrant } from './environment.js';
import { redeem, type AlibabaGrant } from './grant.js';
import { ALIBABA_METADATA } from './instance-role.js';
import { profileGrant, profilePlaces, type NamedProfile, type ProfilePlaces } from './profiles.js';
import type { AlibabaKeys } from './signature.js';
import { credentialError } from '../credentials/credential-error.js';
import { readCredentialSecret } from '../credentials/credential-file.js';
import { KeptKeys } from '../credentials/kept-keys.js';

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
      async () => redeem(await grantOf(credentials, 'credentials', { env, home }), metadataOrigin, env),
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

/** @param setting where in the connection these credentials stand, for errors. */
async function grantOf(
  credentials: AlibabaCredentials,
  setting: string,
  places: ProfilePlaces,
): Promise<AlibabaGrant> {
  if (credentials === undefined) return defaultGrant(places);
  if ('profile' in credentials) {
    return namedGrant({ name: credentials.profile, setting: `${setting}.profile` }, places);
  }
  if ('ecsRole' in credentials) return { instanceRole: credentials.ecsRole };
  if ('oidc' in credentials) {
    return { oidcRole: { ...credentials.oidc, tokenFileSetting: `${setting}.oidc.tokenFile` } };
  }
  if ('assumeRole' in credentials) {
    const { from, ...role } = credentials.assumeRole;
    return { role, from: await grantOf(from, `${setting}.assumeRole.from`, places) };
  }
  const { accessKeyId, accessKeySecret, securityToken } = credentials;
  const read = (name: keyof typeof credentials, ref: SecretRef) =>
    readCredentialSecret(ref, `${setting}.${name}`, places.env);
  const [id, secret, token] = await Promise.all([
    read('accessKeyId', accessKeyId),
    read('accessKeySecret', accessKeySecret),
    securityToken && read('securityToken', securityToken),
  ]);
  return {
    keys: { accessKeyId: id, accessKeySecret: secret, ...(token !== undefined && { securityToken: token }) },
  };
}

async function namedGrant(named: NamedProfile, places: ProfilePlaces): Promise<AlibabaGrant> {
  const grant = await profileGrant(named, places);
  if (grant !== undefined) return grant;
  const message = `The profile that ${named.setting} names is not in ${profilePlaces(places)}: add it, or name another.`;
  throw credentialError('ProfileNotFound', message);
}

/** The first of the usual places that names credentials. What names them wrongly is not passed over: the next may be another account's. */
async function defaultGrant(places: ProfilePlaces): Promise<AlibabaGrant> {
  const ofEnvironment = environmentGrant(places.env);
  if (ofEnvironment !== undefined) return ofEnvironment;
  const name = places.env['ALIBABA_CLOUD_PROFILE'];
  const grant = name
    ? await namedGrant({ name, setting: 'ALIBABA_CLOUD_PROFILE' }, places)
    : await profileGrant(undefined, places);
  if (grant === undefined) {
    throw credentialError(
      'NoCredentials',
      `No Alibaba Cloud credentials: neither ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET nor ALIBABA_CLOUD_OIDC_TOKEN_FILE is set, and there is no current or default profile in ${profilePlaces(places)}; set one of them, or name a source under "credentials" of the connection.`,
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
