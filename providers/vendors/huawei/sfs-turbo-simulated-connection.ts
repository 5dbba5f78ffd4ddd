import type { SimulatedConnection, SimulatorAddress } from '../../provider.js';

const AK = 'QUIESCE_SIMULATOR_HUAWEI_AK';
const SK = 'QUIESCE_SIMULATOR_HUAWEI_SK';

/** A connection to a simulated SFS Turbo. The project's id is named: no call is made to look it up. */
export function simulatedSfsTurboConnection(
  name: string,
  { endpoint, credentials }: SimulatorAddress,
): SimulatedConnection {
  return {
    name,
    settings: {
      region: 'cn-north-4',
      endpoint,
      iamEndpoint: endpoint,
      projectId: credentials.huawei.projectId,
      credentials: { ak: { env: AK }, sk: { env: SK } },
    },
    env: { [AK]: credentials.huawei.ak, [SK]: credentials.huawei.sk },
  };
}
