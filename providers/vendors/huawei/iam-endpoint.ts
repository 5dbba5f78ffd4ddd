import { readSecretOrigin } from '../../endpoint-setting.js';
import { HttpEndpoint } from '../../http.js';
import { credentialError } from '../credentials/credential-error.js';
import type { HuaweiAccount } from './authorizer.js';
import type { HuaweiProjectKeys } from './key-source.js';

/**
 * IAM where the vendor's own SDKs look for it; in Europe under another domain. A user's password goes there.
 * @see https://github.com/huaweicloud/huaweicloud-sdk-nodejs-v3/blob/master/services/iam/v3/IamRegion.ts
 */
export function iamOrigin({ region, iamEndpoint }: HuaweiAccount, env: NodeJS.ProcessEnv): string {
  if (iamEndpoint !== undefined) return readSecretOrigin(iamEndpoint, 'iamEndpoint');
  const said = env['HUAWEICLOUD_SDK_IAM_ENDPOINT'];
  if (said) return readSecretOrigin(said, 'HUAWEICLOUD_SDK_IAM_ENDPOINT');
  return `https://iam.${region}.myhuaweicloud.${region === 'eu-west-101' ? 'eu' : 'com'}`;
}

/**
 * Makes a call to IAM where the profile of the keys says that it is, unless the connection says where. As in the vendor's own
 * SDK, the profile goes before the environment.
 * @param iam where it is by all but the profile.
 * @throws ProviderError when the profile's is no address; it does not repeat what stands there.
 * @see https://github.com/huaweicloud/huaweicloud-sdk-python-v3/blob/master/huaweicloud-sdk-core/huaweicloudsdkcore/auth/provider.py
 */
export async function atIamOf<T>(
  { iamEndpoint }: HuaweiProjectKeys,
  { iam, account, env }: { iam: HttpEndpoint; account: HuaweiAccount; env: NodeJS.ProcessEnv },
  call: (iam: HttpEndpoint) => Promise<T>,
): Promise<T> {
  if (account.iamEndpoint !== undefined || iamEndpoint === undefined) return call(iam);
  const own = new HttpEndpoint(profileOrigin(iamEndpoint), { env });
  try {
    return await call(own);
  } finally {
    own.close();
  }
}

function profileOrigin(iamEndpoint: string): string {
  try {
    return readSecretOrigin(iamEndpoint, 'iam_endpoint');
  } catch {
    throw credentialError(
      'CredentialFileMalformed',
      'The iam_endpoint of the profile must be https, and scheme, host and port alone, such as https://iam.cn-north-4.myhuaweicloud.com: mend it, or name iamEndpoint or projectId in the config.',
    );
  }
}
