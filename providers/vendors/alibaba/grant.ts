import { instanceRoleKeys } from './instance-role.js';
import type { AlibabaKeys } from './signature.js';
import { assumeRole, assumeRoleWithOidc, type AlibabaOidcRole, type AlibabaRole } from './sts.js';
import type { LoadedKeys } from '../credentials/kept-keys.js';

/** What a setting, the environment or a profile says that keys are to be had by. */
export type AlibabaGrant =
  | { readonly keys: AlibabaKeys }
  /** Of the instance we run on; true is the one that it has. */
  | { readonly instanceRole: string | true }
  | { readonly oidcRole: AlibabaOidcRole }
  | { readonly role: AlibabaRole; readonly from: AlibabaGrant };

/** Turns a grant into keys. */
export async function redeem(
  grant: AlibabaGrant,
  metadataOrigin: string,
  env: NodeJS.ProcessEnv,
): Promise<LoadedKeys<AlibabaKeys>> {
  if ('keys' in grant) return { keys: grant.keys };
  if ('instanceRole' in grant) return instanceRoleKeys(grant.instanceRole, metadataOrigin, env);
  if ('oidcRole' in grant) return assumeRoleWithOidc(grant.oidcRole, env);
  const base = await redeem(grant.from, metadataOrigin, env);
  return assumeRole(grant.role, base.keys, env);
}
