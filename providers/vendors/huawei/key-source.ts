import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SecretRef } from '../../secret-ref.js';
import { credentialError } from '../credentials/credential-error.js';
import {
  credentialFile,
  readCredentialIni,
  readCredentialSecret,
  type CredentialFile,
} from '../credentials/credential-file.js';
import { allOrNone } from '../credentials/environment-credentials.js';
import type { HuaweiKeyCredentials } from './credentials.js';
import { HUAWEI_METADATA, instanceAgencyKeys } from './instance-agency.js';
import type { HuaweiKeys } from './signature.js';
import { KeptKeys, type LoadedKeys } from '../credentials/kept-keys.js';
import { ProfileFields } from '../credentials/profile-fields.js';

/** As the official SDKs do it. */
const RENEW_BEFORE_MS = 40 * 60_000;

export interface HuaweiKeySourceOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where `.huaweicloud` is. */
  readonly home?: string;
  readonly metadataOrigin?: string;
  /** Epoch milliseconds; for tests. */
  readonly now?: () => number;
}

export interface HuaweiProjectKeys extends HuaweiKeys {
  /** What the source of the keys says beside them. */
  readonly projectId?: string;
  /** As it stands there: perhaps no address. */
  readonly iamEndpoint?: string;
}

interface Places {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly metadataOrigin: string;
}

/** The keys of one connection, wherever its `credentials` say they come from. */
export class HuaweiKeySource {
  readonly #kept: KeptKeys<HuaweiProjectKeys>;

  constructor(credentials: HuaweiKeyCredentials, options: HuaweiKeySourceOptions = {}) {
    const { env = process.env, home = homedir(), metadataOrigin = HUAWEI_METADATA } = options;
    this.#kept = new KeptKeys(() => load(credentials, { env, home, metadataOrigin }), {
      renewBeforeMs: RENEW_BEFORE_MS,
      now: options.now ?? Date.now,
    });
  }

  /**
   * Keys that are good now: replaced ones are picked up within seconds, temporary ones renewed ahead of their end.
   * @throws ProviderError that names the source and what to do, and never a value.
   */
  async keys(signal: AbortSignal): Promise<HuaweiProjectKeys> {
    return this.#kept.get(signal);
  }

  /** Says that the vendor called these keys invalid, so that others are obtained; once a minute at most. */
  forget(refused: HuaweiProjectKeys): void {
    this.#kept.forget(refused);
  }
}

async function load(
  credentials: HuaweiKeyCredentials,
  places: Places,
): Promise<LoadedKeys<HuaweiProjectKeys>> {
  if (credentials === undefined) return { keys: await defaultKeys(places) };
  if ('ecsAgency' in credentials) return instanceAgencyKeys(places.metadataOrigin);
  if ('profile' in credentials) return { keys: await namedProfile(credentials.profile, places) };
  const { ak, sk, securityToken } = credentials;
  const read = (name: keyof typeof credentials, ref: SecretRef) =>
    readCredentialSecret(ref, `credentials.${name}`, places.env);
  const [id, secret, token] = await Promise.all([
    read('ak', ak),
    read('sk', sk),
    securityToken && read('securityToken', securityToken),
  ]);
  return { keys: toKeys(id, secret, token) };
}

async function namedProfile(name: string, places: Places): Promise<HuaweiProjectKeys> {
  const which = 'The section that credentials.profile names'; // Not the name: it may be a secret in the wrong place.
  const keys = await profileKeys(name, which, places);
  if (keys !== undefined) return keys;
  const message = `${which} is not in ${profileFile(places).name}: add it, or name another.`;
  throw credentialError('ProfileNotFound', message);
}

/** The first of the usual places that names credentials. What names them wrongly is not passed over: the next may be another account's. */
async function defaultKeys(places: Places): Promise<HuaweiProjectKeys> {
  const keys = environmentKeys(places.env) ?? (await profileKeys('basic', 'The section [basic]', places));
  if (keys !== undefined) return keys;
  throw credentialError(
    'NoCredentials',
    `No Huawei Cloud credentials: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are not set, and there is no section [basic] in ${profileFile(places).name}; set one of them, or name a source under "credentials" of the connection.`,
  );
}

function environmentKeys(env: NodeJS.ProcessEnv): HuaweiProjectKeys | undefined {
  const pair = allOrNone(['HUAWEICLOUD_SDK_AK', 'HUAWEICLOUD_SDK_SK'], env);
  if (pair === undefined) return undefined;
  const [ak, sk] = pair;
  return toKeys(ak, sk, env['HUAWEICLOUD_SDK_SECURITY_TOKEN'], env['HUAWEICLOUD_SDK_PROJECT_ID']);
}

async function profileKeys(
  name: string,
  which: string,
  places: Places,
): Promise<HuaweiProjectKeys | undefined> {
  const file = profileFile(places);
  const section = (await readCredentialIni(file))?.get(name);
  if (section === undefined) return undefined;
  const profile = new ProfileFields(`${which}, in ${file.name},`, (field) => section.get(field));
  const [ak, sk] = [profile.need('ak'), profile.need('sk')];
  const keys = toKeys(ak, sk, profile.text('security_token'), profile.text('project_id'));
  const iamEndpoint = profile.text('iam_endpoint');
  return { ...keys, ...(iamEndpoint !== undefined && { iamEndpoint }) };
}

function profileFile({ home, env }: Places): CredentialFile {
  const usual = join(home, '.huaweicloud', 'credentials');
  return credentialFile(usual, 'HUAWEICLOUD_SDK_CREDENTIALS_FILE', env);
}

/** What is empty is not set. */
function toKeys(ak: string, sk: string, securityToken?: string, projectId?: string): HuaweiProjectKeys {
  return { ak, sk, ...(securityToken && { securityToken }), ...(projectId && { projectId }) };
}
