import type { WorkerDeploymentVersion } from '@temporalio/common';
import { NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import type { Config } from '../config/load-config.js';
import { loadDataConverter } from '../encryption/data-converter.js';
import { loadTemporalConfig } from '../setup/load-temporal-config.js';
import { verifySearchAttributes } from '../setup/search-attributes.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { startTracing } from '../telemetry/start-tracing.js';
import { createQuiesceWorker } from './create-worker.js';
import { startHealthServer, type AskReadiness } from './health-server.js';
import { installRuntime, type LogSink } from './install-runtime.js';
import { startMetricsServer } from './metrics-server.js';
import { loadAdapters } from './load-adapters.js';
import { measureProcess } from './measure-process.js';
import { openConnections } from './open-connections.js';
import type { MemoryPlan } from './plan-memory.js';
import { workerDeployment } from './worker-deployment.js';
import { workerReadiness } from './worker-readiness.js';

export interface RunWorkerOptions {
  readonly config: Config;
  /** Whose flags V8 has already. */
  readonly memory: MemoryPlan;
  readonly log: LogSink;
  /** Called once the Worker polls. */
  readonly onReady?: (about: ReadyWorker) => void;
  /** Lets the Worker drain when aborted. */
  readonly stop: AbortSignal;
}

export interface ReadyWorker {
  readonly address: string;
  readonly namespace: string;
  /** Where it says how it is, if anywhere. */
  readonly healthUrl?: string;
  /** Of which build it is, if it has one. */
  readonly build?: WorkerDeploymentVersion;
}

/** Whether all that was begun is done, or time ran out; the rest is done again by another Worker, after a look. */
export type WorkerEnd = 'drained' | 'cut-off';

/**
 * Runs a Worker until it is told to stop, lets it drain, and returns. Temporal's address, namespace, TLS and API key come
 * from the environment or Temporal's own config file.
 * @throws ConfigError when nobody can listen where its health is to be asked or its metrics are to be shown; TemporalUnreachableError;
 * TemporalConfigError; EncryptionError; TracingError; NotSetUpError when the namespace lacks Quiesce's Search Attributes: upserting one that
 * is not registered would leave Workflows stuck.
 */
export async function runWorker(options: RunWorkerOptions): Promise<WorkerEnd> {
  const {
    metrics,
    worker: { health },
  } = options.config;
  let askReadiness: AskReadiness = async () => 'It is starting.';
  const servers: { close(): void }[] = [];
  try {
    const server = health && (await startHealthServer(health, () => askReadiness()));
    if (server) servers.push(server);
    const exporter = await installRuntime(metrics !== undefined, options.log);
    if (metrics && exporter !== undefined) servers.push(await startMetricsServer(metrics, exporter));
    return await connectAndRun(options, (worker, { temporal, ...about }) => {
      askReadiness = workerReadiness(worker, temporal, about.namespace);
      options.onReady?.({ ...about, ...(server && { healthUrl: server.url }) });
    });
  } finally {
    for (const server of servers) server.close();
  }
}

interface Polled extends ReadyWorker {
  readonly temporal: NativeConnection;
}

async function connectAndRun(
  { config, memory, stop }: RunWorkerOptions,
  onPolling: (worker: Worker, about: Polled) => void,
): Promise<WorkerEnd> {
  const { address, namespace, connectionOptions } = loadTemporalConfig();
  const tracing = await startTracing('quiesce-worker');
  const deployment = workerDeployment(config.worker.deployment, process.env);
  const dataConverter = await loadDataConverter();
  void loadAdapters(config.connections.values());
  const temporal = await NativeConnection.connect(connectionOptions).catch((thrown: unknown) => {
    throw new TemporalUnreachableError(address, thrown);
  });
  const connections = openConnections({
    temporal,
    namespace,
    dataConverter,
    connections: config.connections,
  });
  const measuring =
    config.metrics === undefined ? undefined : measureProcess(Runtime.instance().metricMeter, memory.ceiling);
  let end: WorkerEnd = 'drained';
  try {
    await verifySearchAttributes(temporal, namespace);
    const worker = await createQuiesceWorker({
      temporal,
      namespace,
      dataConverter,
      connections,
      memory,
      tracing,
      drainWithinMs: config.worker.drainWithinMs,
      ...(deployment && { deployment }),
      ...(config.callbacks !== undefined && { callbacks: config.callbacks }),
    });
    const running = runUntilStopped(worker, stop, config.worker.drainWithinMs);
    onPolling(worker, { address, namespace, temporal, ...(deployment && { build: deployment.version }) });
    end = await running;
    return end;
  } finally {
    measuring?.stop();
    await connections.close();
    // One that was cut off still holds it.
    if (end === 'drained') await temporal.close();
    await tracing.stop();
  }
}

/** Not by the SDK's own `shutdownForceTime`, which logs a failure and leaves the Worker as one that failed. */
async function runUntilStopped(worker: Worker, stop: AbortSignal, drainWithinMs: number): Promise<WorkerEnd> {
  let timer: NodeJS.Timeout | undefined;
  let shutDown = () => {};
  const outOfTime = new Promise<WorkerEnd>((resolve) => {
    shutDown = () => {
      timer = setTimeout(resolve, drainWithinMs, 'cut-off');
      // Temporal's Runtime hears the same signals, and may have been first.
      if (worker.getState() === 'RUNNING') worker.shutdown();
    };
  });
  const drained = worker.run().then((): WorkerEnd => 'drained');
  stop.addEventListener('abort', shutDown, { once: true });
  if (stop.aborted) shutDown();
  try {
    return await Promise.race([drained, outOfTime]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', shutDown);
  }
}
