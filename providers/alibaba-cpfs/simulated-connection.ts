import type { SimulatedConnection, SimulatorAddress } from '../provider.js';

const ACCESS_KEY_ID = 'QUIESCE_SIMULATOR_ALIBABA_ACCESS_KEY_ID';
const ACCESS_KEY_SECRET = 'QUIESCE_SIMULATOR_ALIBABA_ACCESS_KEY_SECRET';

/** How to reach the simulated CPFS; the region is one that exists. */
export function simulatedConnection({ endpoint, credentials }: SimulatorAddress): SimulatedConnection {
  return {
    name: 'sim-cpfs',
    settings: {
      region: 'cn-hangzhou',
      endpoint,
      credentials: { accessKeyId: { env: ACCESS_KEY_ID }, accessKeySecret: { env: ACCESS_KEY_SECRET } },
    },
    env: {
      [ACCESS_KEY_ID]: credentials.alibaba.accessKeyId,
      [ACCESS_KEY_SECRET]: credentials.alibaba.accessKeySecret,
    },
  };
}
