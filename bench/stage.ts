import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { twoFreePorts } from '../devserver/free-ports.js';
import { provideTemporal } from '../devserver/provide-temporal.js';
import { startDevServer } from '../devserver/start-dev-server.js';
import type { SimulatorAddress } from '../providers/provider.js';
import { registerSearchAttributes } from '../setup/search-attributes.js';
import { SimulatorControl } from '../simulator/control-client.js';
import { startChild } from './processes/start-child.js';

/** Where contestants run: Temporal and the clouds, each a process of its own. */
export interface Stage {
  readonly address: string;
  readonly namespace: string;
  readonly client: Client;
  readonly serverPid: number;
  readonly serverVersion: string;
  readonly metricsUrl: string;
  readonly simulator: SimulatorAddress;
  readonly simulatorPid: number;
  readonly cloud: SimulatorControl;
  /** For configs and lists of targets. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Starts a dev server as `quiesce dev` does, in memory, and the simulator. */
export async function openStage(say: (line: string) => void): Promise<Stage> {
  const binary = await provideTemporal({ log: say });
  const [metricsPort] = await twoFreePorts('127.0.0.1');
  const server = await startDevServer({
    path: binary.path,
    uiPort: false,
    dynamicConfig: { 'history.timerProcessorMaxTimeShift': '1ms' },
    extraArgs: ['--metrics-port', String(metricsPort), '--log-level', 'error'],
  });
  const clouds = await startChild(new URL('./processes/simulator.js', import.meta.url), { args: [] });
  const simulator = (await clouds.go()).result as SimulatorAddress;
  const connection = await Connection.connect({ address: server.address });
  await registerSearchAttributes(connection, server.namespace);
  const folder = await mkdtemp(join(tmpdir(), 'quiesce-bench-'));
  return {
    address: server.address,
    namespace: server.namespace,
    client: new Client({ connection, namespace: server.namespace }),
    serverPid: server.pid,
    serverVersion: binary.version,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    simulator,
    simulatorPid: clouds.pid,
    cloud: new SimulatorControl(simulator.endpoint),
    folder,
    async close() {
      await connection.close();
      await server.stop();
      await clouds.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
