import { z } from 'zod';
import type { AlibabaKeys } from './signature.js';
import type { LoadedKeys } from '../credentials/kept-keys.js';

const temporaryKeys = z.object({
  AccessKeyId: z.string().min(1),
  AccessKeySecret: z.string().min(1),
  SecurityToken: z.string().min(1),
  /** UTC, such as `2017-11-01T05:20:01Z`. */
  Expiration: z.iso.datetime({ offset: true }),
});

/**
 * Keys as STS and the metadata service both write them; undefined when a part is missing.
 * @see https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-assumerole
 * @see https://help.aliyun.com/zh/ecs/user-guide/obtain-a-temporary-authorization-token
 */
export function readTemporaryKeys(value: unknown): LoadedKeys<AlibabaKeys> | undefined {
  const { data } = temporaryKeys.safeParse(value);
  if (data === undefined) return undefined;
  const { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: securityToken } = data;
  return { keys: { accessKeyId, accessKeySecret, securityToken }, expiresAtMs: Date.parse(data.Expiration) };
}
