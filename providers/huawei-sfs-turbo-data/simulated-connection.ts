import type { SimulatedConnection, SimulatorAddress } from '../provider.js';
import { simulatedSfsTurboConnection } from '../vendors/huawei/sfs-turbo-simulated-connection.js';

/** How to reach the simulated import and export tasks. */
export function simulatedConnection(simulator: SimulatorAddress): SimulatedConnection {
  return simulatedSfsTurboConnection('sim-sfs-data', simulator);
}
