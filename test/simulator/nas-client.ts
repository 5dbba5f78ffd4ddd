import Nas from '@alicloud/nas20170626';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import type { RunningSimulator } from '../../simulator/start-simulator.js';

export type NasClient = InstanceType<typeof Nas.default>;

/** The stock client; nothing is set that a user of the real NAS would not set, but endpoint, protocol and patience. */
export function nasClient({ endpoint, credentials }: RunningSimulator): NasClient {
  return new Nas.default(
    new $OpenApiUtil.Config({
      endpoint: new URL(endpoint).host,
      protocol: 'http',
      regionId: 'cn-hangzhou',
      readTimeout: 60_000,
      connectTimeout: 60_000,
      ...credentials.alibaba,
    }),
  );
}
