import { z } from 'zod';
import { jsonObject } from '../../http.js';
import { ProviderError } from '../../provider.js';
import type { HuaweiKeys } from './signature.js';
import {
  askMetadata,
  metadataError,
  sessionToken,
  type MetadataCall,
} from '../credentials/instance-metadata.js';
import type { LoadedKeys } from '../credentials/kept-keys.js';

export const HUAWEI_METADATA = 'http://169.254.169.254';
const TOKEN_PATH = '/meta-data/latest/api/token';
const KEYS_PATH = '/openstack/latest/securitykey';
/** For the one call of a renewal; 21600 at most. */
const TOKEN_SECONDS = '60';
/** Where the service knows no tokens. The official SDK (core 3.1.219) lists all but 400, which containers of CCE were seen to get. */
const NO_TOKENS: ReadonlySet<number> = new Set([400, 404, 405, 503]);

const agencyKeys = z.object({
  access: z.string().min(1),
  secret: z.string().min(1),
  securitytoken: z.string().min(1),
  /** UTC, such as `2020-01-08T02:56:19.587000Z`. */
  expires_at: z.iso.datetime({ offset: true }),
});

/**
 * The keys of the instance's agency, from its metadata service.
 * @see https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html
 */
export async function instanceAgencyKeys(origin: string): Promise<LoadedKeys<HuaweiKeys>> {
  return askMetadata(origin, async (call) => {
    const headers = await sessionHeaders(call);
    const answer = await call({ method: 'GET', path: KEYS_PATH, headers });
    if (answer.status !== 200) throw metadataError(answer, NO_AGENCY);
    const { data } = agencyKeys.safeParse(jsonObject(answer)?.['credential']);
    if (data === undefined) {
      throw new ProviderError(
        'unavailable',
        'NoInstanceKeys',
        "The instance's metadata service gave no keys.",
      );
    }
    const { access: ak, secret: sk, securitytoken: securityToken } = data;
    return { keys: { ak, sk, securityToken }, expiresAtMs: Date.parse(data.expires_at) };
  });
}

/** The service says "Please configure Cloud Service Agency first", with a 401. */
const NO_AGENCY =
  'The instance does not give the keys of an agency: give it one for the cloud service ECS, or name other credentials.';

async function sessionHeaders(call: MetadataCall): Promise<Readonly<Record<string, string>>> {
  const headers = { 'x-metadata-token-ttl-seconds': TOKEN_SECONDS };
  const answer = await call({ method: 'PUT', path: TOKEN_PATH, headers });
  if (answer.status === 200) return { 'x-metadata-token': sessionToken(answer) };
  if (NO_TOKENS.has(answer.status)) return {};
  throw metadataError(answer, NO_AGENCY);
}
