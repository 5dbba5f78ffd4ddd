import type { SimulatedConnection, SimulatorAddress } from '../provider.js';

const ACCESS_KEY_ID = 'QUIESCE_SIMULATOR_AWS_ACCESS_KEY_ID';
const SECRET_ACCESS_KEY = 'QUIESCE_SIMULATOR_AWS_SECRET_ACCESS_KEY';

/** How to reach the simulated FSx; the region is one that exists, so that signing is as in reality. */
export function simulatedConnection({ endpoint, credentials }: SimulatorAddress): SimulatedConnection {
  return {
    name: 'sim-fsx',
    settings: {
      region: 'eu-west-1',
      endpoint,
      credentials: { accessKeyId: { env: ACCESS_KEY_ID }, secretAccessKey: { env: SECRET_ACCESS_KEY } },
    },
    env: {
      [ACCESS_KEY_ID]: credentials.aws.accessKeyId,
      [SECRET_ACCESS_KEY]: credentials.aws.secretAccessKey,
    },
  };
}
