import type { AlibabaGrant } from './grant.js';
import { allOrNone } from '../credentials/environment-credentials.js';

const KEYS = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'] as const;
const OIDC = [
  'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
  'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
  'ALIBABA_CLOUD_ROLE_ARN',
] as const;

/** What the environment alone grants, keys first; undefined when it names no credentials. */
export function environmentGrant(env: NodeJS.ProcessEnv): AlibabaGrant | undefined {
  const keys = allOrNone(KEYS, env);
  if (keys !== undefined) {
    const [accessKeyId, accessKeySecret] = keys;
    const securityToken = env['ALIBABA_CLOUD_SECURITY_TOKEN'];
    return { keys: { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) } };
  }
  // The role's ARN alone names no credentials: other tools read it too.
  if (!env[OIDC[0]] && !env[OIDC[1]]) return undefined;
  const oidc = allOrNone(OIDC, env);
  if (oidc === undefined) return undefined;
  const [tokenFile, providerArn, roleArn] = oidc;
  return { oidcRole: { tokenFile, tokenFileSetting: OIDC[0], providerArn, roleArn } };
}

/** How the vendor's tools read a switch in the environment. */
export function isOn(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
