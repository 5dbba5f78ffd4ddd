import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  type LogEntry,
  type Worker,
  type WorkerDeploymentOptions,
} from '@temporalio/worker';
import type { Cooldowns } from '../activities/credential-breaker.js';
import { Quiesce } from '../client/index.js';
import { GRPC_INTERCEPTORS } from '../client/grpc-interceptors.js';
import type { CallbackSettings } from '../config/callback-settings.js';
import type { Connection as ConfiguredConnection } from '../config/load-config.js';
import { provideTemporal } from '../devserver/provide-temporal.js';
import { startDevServer, type DevServer } from '../devserver/start-dev-server.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { Pacing } from '../providers/pacing.js';
import type { ProviderDefinition } from '../providers/provider.js';
import type { Quota } from '../providers/quota.js';
import { registerSearchAttributes } from '../setup/search-attributes.js';
import { SimulatorControl } from '../simulator/control-client.js';
import { startSimulator, type RunningSimulator } from '../simulator/start-simulator.js';
import { createQuiesceWorker } from '../worker/create-worker.js';
import { openConnections } from '../worker/open-connections.js';

/** Sub-second timers and retries take a second each on the dev server without it. */
const QUICK_TIMERS = ['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="1ms"'];

export const SECRET_ENV = { id: 'QUIESCE_TEST_ACCESS_KEY_ID', secret: 'QUIESCE_TEST_SECRET_ACCESS_KEY' };

export interface Stack {
  /** Temporal. */
  readonly server: DevServer;
  readonly address: string;
  readonly client: Client;
  readonly quiesce: Quiesce;
  readonly simulator: SimulatorControl;
  readonly endpoint: string;
  /** What every Worker of this process logged, as text. */
  readonly logs: readonly string[];
  readonly connections: readonly ConfiguredConnection[];
  /** A Worker of this process; with other connections or another converter than the Stack's when they are given. */
  startWorker(
    connections?: readonly ConfiguredConnection[],
    dataConverter?: DataConverter,
    deployment?: WorkerDeploymentOptions,
  ): Promise<RunningWorker>;
  close(): Promise<void>;
}

type Simulated = Pick<RunningSimulator, 'endpoint' | 'credentials'>;

export interface StackOptions {
  readonly everyMs?: number;
  /** For the dev server. */
  readonly extraArgs?: readonly string[];
  /** Of the connection, beside its provider's. */
  readonly quotas?: Readonly<Record<string, Quota | null>>;
  readonly cooldowns?: Cooldowns;
  readonly callbacks?: CallbackSettings;
  /** Of its client and its Workers. */
  readonly dataConverter?: DataConverter;
  /** The connections of its Workers; left out, the one of {@link simulatedConnection}. */
  readonly connect?: (cloud: Simulated, everyMs: number) => readonly ConfiguredConnection[];
}

export interface RunningWorker {
  stop(): Promise<void>;
}

/** A real dev server, the simulator and a way to run real Workers: what one test file works with. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { path } = await provideTemporal({});
  const server = await startDevServer({
    path,
    uiPort: false,
    extraArgs: [...QUICK_TIMERS, ...(options.extraArgs ?? [])],
  });
  const cloud = await startSimulator({ port: 0 });
  const temporal = await Connection.connect({ address: server.address, interceptors: GRPC_INTERCEPTORS });
  await registerSearchAttributes(temporal, 'default');
  const client = new Client({ connection: temporal, dataConverter: options.dataConverter ?? {} });
  const connect = options.connect ?? ((...args) => [simulatedConnection(...args)]);
  const connections = connect(cloud, options.everyMs ?? 50).map((connection) => ({
    ...connection,
    quotas: { ...connection.quotas, ...options.quotas },
  }));
  const logs: string[] = [];
  const workers = new Set<RunningWorker>();

  return {
    server,
    address: server.address,
    client,
    quiesce: new Quiesce(client),
    simulator: new SimulatorControl(cloud.endpoint),
    endpoint: cloud.endpoint,
    logs,
    connections,
    async startWorker(others = connections, dataConverter = options.dataConverter ?? {}, deployment) {
      captureLogs(logs);
      const worker = await runWorkerHere(server.address, others, { ...options, dataConverter }, deployment);
      workers.add(worker);
      return { stop: () => (workers.delete(worker) ? worker.stop() : Promise.resolve()) };
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.stop()));
      await temporal.close();
      await cloud.close();
      await server.stop();
    },
  };
}

/** The FSx connection of the tests, on the simulator; with the real cloud's pacing unless `everyMs` says otherwise. */
export function simulatedConnection(
  { endpoint, credentials }: Simulated,
  everyMs?: number,
): ConfiguredConnection {
  process.env[SECRET_ENV.id] = credentials.aws.accessKeyId;
  process.env[SECRET_ENV.secret] = credentials.aws.secretAccessKey;
  const provider = ALL_PROVIDERS[0] as ProviderDefinition;
  const settings = provider.settings.parse({
    region: 'eu-west-1',
    endpoint,
    credentials: { accessKeyId: { env: SECRET_ENV.id }, secretAccessKey: { env: SECRET_ENV.secret } },
  });
  const pacing: Pacing = everyMs === undefined ? provider.pacing : [{ everyMs }];
  return { name: 'sim', provider, settings, pacing, quotas: provider.operations };
}

/**
 * Every provider of the registry on the simulator, as its own definition says how, without quotas; with the real cloud's
 * pacing unless `everyMs` says otherwise. Their secrets are in this process's environment from then on.
 */
export function simulatedConnections(cloud: Simulated, everyMs?: number): ConfiguredConnection[] {
  return ALL_PROVIDERS.map((provider) => {
    const { name, settings, env } = provider.simulatedConnection(cloud);
    Object.assign(process.env, env);
    const pacing: Pacing = everyMs === undefined ? provider.pacing : [{ everyMs }];
    const quotas = Object.fromEntries(Object.keys(provider.operations).map((operation) => [operation, null]));
    return { name, provider, settings: provider.settings.parse(settings), pacing, quotas };
  });
}

async function runWorkerHere(
  address: string,
  configured: readonly ConfiguredConnection[],
  { cooldowns = {}, callbacks, dataConverter = {} }: StackOptions,
  deployment?: WorkerDeploymentOptions,
): Promise<RunningWorker> {
  const temporal = await NativeConnection.connect({ address });
  const connections = openConnections({
    temporal,
    namespace: 'default',
    connections: new Map(configured.map((each) => [each.name, each])),
    cooldowns,
    dataConverter,
  });
  const worker: Worker = await createQuiesceWorker({
    temporal,
    namespace: 'default',
    connections,
    dataConverter,
    ...(callbacks !== undefined && { callbacks }),
    ...(deployment && { deployment }),
  });
  const running = worker.run();
  return {
    async stop() {
      worker.shutdown();
      await running;
      await connections.close();
      await temporal.close();
    },
  };
}

let installed = false;

/** The Runtime is one for the process. It is installed with the first Worker: without one it would keep the process alive. */
function captureLogs(lines: string[]): void {
  if (installed) return;
  installed = true;
  const keep = (entry: LogEntry) =>
    void lines.push(`${entry.level} ${entry.message} ${JSON.stringify(entry.meta)}`);
  Runtime.install({
    logger: new DefaultLogger('DEBUG', keep),
    telemetryOptions: { logging: { forward: { level: 'DEBUG' } } },
  });
}

/** All that a namespace's histories say, what is in their payloads included. */
export async function historyTexts(client: Client): Promise<string[]> {
  const texts: string[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const text = historyToJSON(history);
    texts.push(text);
    for (const [, payload = ''] of text.matchAll(/"data": ?"([A-Za-z0-9+/=]*)"/g))
      texts.push(Buffer.from(payload, 'base64').toString('utf8'));
  }
  return texts;
}
