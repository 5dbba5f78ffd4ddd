import { randomUUID } from 'node:crypto';
import { readSecretOrigin } from '../../endpoint-setting.js';
import { HttpEndpoint, jsonObject, type HttpAnswer, type HttpRequest } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { isOn } from './environment.js';
import { signAcs3, type AlibabaKeys } from './signature.js';
import { readTemporaryKeys } from './temporary-keys.js';
import { canonicalQuery } from '../canonical-request.js';
import { credentialError } from '../credentials/credential-error.js';
import { readCredentialSecret } from '../credentials/credential-file.js';
import type { LoadedKeys } from '../credentials/kept-keys.js';

/** A role to assume. What is left out is as the environment says, or as STS has it. */
export interface AlibabaRole {
  readonly roleArn: string;
  readonly sessionName?: string | undefined;
  readonly externalId?: string | undefined;
  /** Narrows what the keys may do; a profile may have one. */
  readonly policy?: string | undefined;
  readonly durationSeconds?: number | undefined;
  readonly stsEndpoint?: string | undefined;
}

export interface AlibabaOidcRole extends Omit<AlibabaRole, 'externalId'> {
  readonly providerArn: string;
  readonly tokenFile: string;
  /** What names that file, for errors. */
  readonly tokenFileSetting: string;
}

const VERSION = '2015-04-01';
/** STS's codes are words with dots between them. Anything else is not told: it may hold what was sent. */
const CODE = /^[A-Za-z]{1,40}(\.[A-Za-z]{1,40}){0,3}$/;

/** What to do about a refusal, by how its code starts. STS's own messages are not told: some hold the signed text with the key's id. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurityToken|MissingSecurityToken)/,
    'check the keys that assume the role',
  ],
  [/^InvalidTimeStamp/, "check this machine's clock"],
  [
    /^(NoPermission|Forbidden)/,
    "allow the caller sts:AssumeRole, and name the caller in the role's trust policy",
  ],
  [/^EntityNotExist/, "check the role's ARN"],
  [
    /^AuthenticationFail/,
    "check the identity provider, the role's trust policy, and that the token file is fresh",
  ],
  [
    /./,
    'look the code up at https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes',
  ],
];

/**
 * Assumes a role with other keys. Temporary ones may do that too.
 * @see https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerole
 */
export async function assumeRole(
  role: AlibabaRole,
  base: AlibabaKeys,
  env: NodeJS.ProcessEnv,
): Promise<LoadedKeys<AlibabaKeys>> {
  return askSts(role, env, (host) => {
    const call = { action: 'AssumeRole', version: VERSION, parameters: parametersOf(role, env), host };
    return signAcs3({ ...call, date: new Date(), nonce: randomUUID() }, base);
  });
}

/**
 * Assumes a role with an OIDC token. The token proves the caller: the call has no signature and needs no key. The token
 * goes into the body, as the official SDK does it (credentials 2.4.7): a query ends up in logs.
 * @see https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc
 */
export async function assumeRoleWithOidc(
  role: AlibabaOidcRole,
  env: NodeJS.ProcessEnv,
): Promise<LoadedKeys<AlibabaKeys>> {
  const token = await readCredentialSecret({ file: role.tokenFile }, role.tokenFileSetting, env);
  const form = { ...parametersOf(role, env), OIDCProviderArn: role.providerArn, OIDCToken: token };
  const timestamp = new Date().toISOString().replace(/\.\d{3}/, '');
  const common = { Action: 'AssumeRoleWithOIDC', Version: VERSION, Format: 'JSON', Timestamp: timestamp };
  return askSts(role, env, (host) => ({
    method: 'POST',
    path: '/',
    query: canonicalQuery(Object.entries(common)),
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    body: canonicalQuery(Object.entries(form)),
  }));
}

/** STS of one region, from the internet or from within its VPCs. */
export function regionalStsEndpoint(region: string, vpc: boolean): string {
  return `https://sts${vpc ? '-vpc' : ''}.${region}.aliyuncs.com`;
}

function parametersOf(role: AlibabaRole, env: NodeJS.ProcessEnv): Record<string, string> {
  const { roleArn, sessionName, externalId, policy, durationSeconds } = role;
  return {
    RoleArn: roleArn,
    RoleSessionName: sessionName ?? (env['ALIBABA_CLOUD_ROLE_SESSION_NAME'] || 'quiesce'),
    ...(externalId !== undefined && { ExternalId: externalId }),
    ...(policy !== undefined && { Policy: policy }),
    ...(durationSeconds !== undefined && { DurationSeconds: String(durationSeconds) }),
  };
}

async function askSts(
  role: AlibabaRole,
  env: NodeJS.ProcessEnv,
  request: (host: string) => HttpRequest,
): Promise<LoadedKeys<AlibabaKeys>> {
  const sts = openSts(role.stsEndpoint ?? defaultEndpoint(env), env);
  try {
    // Of no caller's signal: all who wait for the keys share the call. The endpoint's own limits end it.
    const answer = await sts.call(request(sts.host), new AbortController().signal);
    const keys = answer.status === 200 ? readTemporaryKeys(jsonObject(answer)?.['Credentials']) : undefined;
    if (keys === undefined) throw stsError(answer);
    return keys;
  } finally {
    sts.close();
  }
}

function defaultEndpoint(env: NodeJS.ProcessEnv): string {
  const region = env['ALIBABA_CLOUD_STS_REGION'];
  if (!region) return 'https://sts.aliyuncs.com';
  return regionalStsEndpoint(region, isOn(env['ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED']));
}

function openSts(endpoint: string, env: NodeJS.ProcessEnv): HttpEndpoint {
  try {
    return new HttpEndpoint(readSecretOrigin(endpoint, 'The STS endpoint'), { env });
  } catch (thrown) {
    // It names what is wrong and repeats no address.
    throw credentialError('StsEndpoint', `STS cannot be called: ${(thrown as Error).message}`);
  }
}

function stsError(answer: HttpAnswer): ProviderError {
  const { Code: code, RequestId: requestId } = jsonObject(answer) ?? {};
  const context = typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? { requestId } : {};
  const known = typeof code === 'string' && CODE.test(code) ? code : undefined;
  const told = known ?? `HTTP ${answer.status}`;
  if (answer.status === 429 || known?.includes('Throttling')) {
    return new ProviderError('throttled', told, 'STS asks for fewer calls.', context);
  }
  if (answer.status >= 500) return new ProviderError('unavailable', told, 'STS gave no keys.', context);
  if (known === undefined || answer.status < 400) {
    return new ProviderError('unrecognized', told, 'STS gave no usable answer.', context);
  }
  const advice = ADVICE.find(([start]) => start.test(known))?.[1];
  return credentialError(known, `STS refused the keys of the role (${known}): ${advice}.`, context);
}
