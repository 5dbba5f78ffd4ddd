import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { loadDataConverter } from '../../client/index.js';
import { GRPC_INTERCEPTORS } from '../../client/grpc-interceptors.js';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { startDevServer } from '../../devserver/start-dev-server.js';
import { registerSearchAttributes } from '../../setup/search-attributes.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import type { ApiOptions } from './start-api.js';
import { seedTasks, type SeededTask } from './seed-tasks.js';
import { simulatedParts, workerEnvironment, writeSimulatedConfig } from './simulated-config.js';
import { startWorkerProcess } from './worker-process.js';

export interface StackOptions {
  /** Where the config and the Worker's log go. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly simulatorPort?: number | undefined;
  /** Runs the HTTP service, too, on this port; 0 for any free one. */
  readonly apiPort?: number | undefined;
  /** Temporal keeps everything in this file; in memory without it. */
  readonly dbFilename?: string | undefined;
  /** Gets one line at a time about what is being started. */
  readonly say: (line: string) => void;
  /** Ends the start, or kills what runs at once where `stop` was not asked for. */
  readonly signal: AbortSignal;
}

/** Temporal, the simulator, a Worker and, where it was asked for, the HTTP service, running. */
export interface Stack {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly about: string };
  readonly uiUrl: string | undefined;
  readonly simulatorEndpoint: string;
  readonly configPath: string;
  readonly workerLogPath: string;
  readonly apiUrl: string | undefined;
  readonly client: Client;
  readonly tasks: readonly SeededTask[];
  /** Resolves, to a sentence, when a part ends that nobody stopped. */
  readonly died: Promise<string>;
  /** The HTTP service first, then the Worker, so that it drains while there still is a Temporal to tell; then Temporal, then the simulator. */
  stop(): Promise<void>;
  /** Ends the Worker without waiting; the dev server ends when we do. */
  kill(): void;
}

type Stop = () => Promise<unknown>;

/** Starts everything that is needed to try Quiesce without a cloud; what was started is stopped when a part fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stops: Stop[] = [];
  const stop = async () => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  try {
    return await startParts(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: StackOptions, stops: Stop[], stop: () => Promise<void>): Promise<Stack> {
  const { folder, env, say, signal } = options;
  await mkdir(folder, { recursive: true });

  const binary = await provideTemporal({ log: say, signal, env });
  const simulator = await startSimulator({ port: options.simulatorPort ?? 0 });
  stops.push(() => simulator.close());

  const { server, connection } = await startTemporal(binary.path, options, stops);
  const { address, namespace } = server;

  say('Starting a Worker …');
  const parts = simulatedParts(simulator);
  const configPath = await writeSimulatedConfig(folder, parts);
  const workerLogPath = join(folder, 'worker.log');
  const workerEnv = await workerEnvironment(env, folder, { address, namespace, parts });
  const worker = await startWorkerProcess({ configPath, env: workerEnv, logPath: workerLogPath, signal });
  stops.push(() => worker.stop());

  // As the Worker, and whoever is started in the same shell.
  const client = new Client({ connection, namespace, dataConverter: await loadDataConverter() });
  const apiUrl = await startApiIfAsked(options, { client, configPath, temporalUiUrl: server.uiUrl }, stops);
  const died = Promise.race([
    worker.exited,
    server.exited.then(
      ({ code, signal: by }) => `Temporal's dev server ended (${by ?? `exit code ${code}`}).`,
    ),
  ]);
  return {
    temporal: { address, namespace, about: `Temporal CLI ${binary.version}` },
    uiUrl: server.uiUrl,
    simulatorEndpoint: simulator.endpoint,
    configPath,
    workerLogPath,
    apiUrl,
    client,
    tasks: await seedTasks(simulator.endpoint, parts),
    died,
    stop,
    kill: () => worker.kill(),
  };
}

async function startApiIfAsked(
  { apiPort, folder }: StackOptions,
  parts: Pick<ApiOptions, 'client' | 'configPath' | 'temporalUiUrl'>,
  stops: Stop[],
): Promise<string | undefined> {
  if (apiPort === undefined) return undefined;
  const { startApi } = await import('./start-api.js');
  const api = await startApi({ ...parts, port: apiPort, logPath: join(folder, 'api.log') });
  stops.push(() => api.stop());
  return api.url;
}

/** The dev server with our Search Attributes, and a connection to it. */
async function startTemporal(path: string, options: StackOptions, stops: Stop[]) {
  const { port, uiPort, dbFilename, say, signal } = options;
  say('Starting Temporal …');
  const server = await startDevServer({
    path,
    signal,
    // Without it, the server rounds waits of less than a second up to one.
    dynamicConfig: { 'history.timerProcessorMaxTimeShift': '1ms' },
    ...(port !== undefined && { port }),
    ...(uiPort !== undefined && { uiPort }),
    ...(dbFilename !== undefined && { dbFilename }),
  });
  stops.push(() => server.stop());
  const connection = await Connection.connect({
    address: server.address,
    interceptors: GRPC_INTERCEPTORS,
  });
  stops.push(() => connection.close());
  await registerSearchAttributes(connection, server.namespace);
  return { server, connection };
}
