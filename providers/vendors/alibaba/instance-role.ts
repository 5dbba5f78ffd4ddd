import { jsonObject, type HttpAnswer } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { isOn } from './environment.js';
import type { AlibabaKeys } from './signature.js';
import { readTemporaryKeys } from './temporary-keys.js';
import { percentEncode } from '../canonical-request.js';
import { credentialError } from '../credentials/credential-error.js';
import {
  askMetadata,
  metadataError,
  sessionToken,
  type MetadataCall,
} from '../credentials/instance-metadata.js';
import type { LoadedKeys } from '../credentials/kept-keys.js';

export const ALIBABA_METADATA = 'http://100.100.100.200';
const ROLES = '/latest/meta-data/ram/security-credentials/';
/** For the few calls of one renewal; 21600 at most. */
const TOKEN_SECONDS = '60';
const NO_ROLE =
  'The instance does not give the keys of the RAM role asked for: attach the role, or name other credentials.';

/**
 * The keys of the instance's RAM role, from its metadata service.
 * @param role its name, or true for the one role that an instance can have.
 * @see https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
 * @see https://help.aliyun.com/zh/ecs/user-guide/obtain-a-temporary-authorization-token
 */
export async function instanceRoleKeys(
  role: string | true,
  origin: string,
  env: NodeJS.ProcessEnv,
): Promise<LoadedKeys<AlibabaKeys>> {
  if (isOn(env['ALIBABA_CLOUD_ECS_METADATA_DISABLED'])) {
    const message =
      'ALIBABA_CLOUD_ECS_METADATA_DISABLED forbids the instance role that is asked for: unset one.';
    throw credentialError('MetadataDisabled', message);
  }
  return askMetadata(origin, async (call) => {
    const headers = await sessionHeaders(call, env);
    const name = role === true ? (await read(call, ROLES, headers)).body.trim() : role;
    if (name === '') throw credentialError('NoInstanceRole', NO_ROLE);
    const answer = await read(call, ROLES + percentEncode(name), headers);
    const body = jsonObject(answer);
    const keys = body?.['Code'] === 'Success' ? readTemporaryKeys(body) : undefined;
    if (keys !== undefined) return keys;
    // Codes other than Success are in no document: nothing says that a person must act.
    throw new ProviderError('unavailable', 'NoInstanceKeys', "The instance's metadata service gave no keys.");
  });
}

/**
 * A token of the hardened mode (IMDSv2). Where the service does not know it, the call goes on without one, as in the official
 * SDK (credentials 2.4.7), unless the same variable as there forbids it.
 */
async function sessionHeaders(
  call: MetadataCall,
  env: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const headers = { 'x-aliyun-ecs-metadata-token-ttl-seconds': TOKEN_SECONDS };
  const answer = await call({ method: 'PUT', path: '/latest/api/token', headers });
  if (answer.status === 200) return { 'x-aliyun-ecs-metadata-token': sessionToken(answer) };
  const unknown = answer.status === 404 || answer.status === 403;
  if (unknown && !isOn(env['ALIBABA_CLOUD_IMDSV1_DISABLED'])) return {};
  const advice =
    "The instance's metadata service gives no tokens, and ALIBABA_CLOUD_IMDSV1_DISABLED forbids to go without.";
  throw metadataError(answer, advice);
}

async function read(
  call: MetadataCall,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  const answer = await call({ method: 'GET', path, headers });
  if (answer.status === 200) return answer;
  throw metadataError(answer, NO_ROLE);
}
