import { NativeConnection, Runtime } from '@temporalio/worker';
import type { Config } from '../config/load-config.js';
import { loadDataConverter } from '../encryption/data-converter.js';
import { loadTemporalConfig } from '../setup/load-temporal-config.js';
import { verifySearchAttributes } from '../setup/search-attributes.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { startTracing } from '../telemetry/start-tracing.js';
import { createQuiesceWorker } from './create-worker.js';
import { installRuntime } from './install-runtime.js';
import { loadAdapters } from './load-adapters.js';
import { measureProcess } from './measure-process.js';
import { openConnections } from './open-connections.js';

export interface RunWorkerOptions {
  readonly config: Config;
  /** Called once the Worker polls. */
  readonly onReady?: (about: { readonly address: string; readonly namespace: string }) => void;
}

/**
 * Runs a Worker until SIGINT or SIGTERM, lets it drain, and returns. Temporal's address, namespace, TLS and API key come
 * from the environment or Temporal's own config file.
 * @throws ConfigError where the metrics cannot be shown; TemporalUnreachableError; TemporalConfigError; EncryptionError; TracingError; NotSetUpError when the namespace lacks Quiesce's Search Attributes: upserting one that is not registered
 * would leave Workflows stuck.
 */
export async function runWorker({ config, onReady }: RunWorkerOptions): Promise<void> {
  const { address, namespace, connectionOptions } = loadTemporalConfig();
  installRuntime(config.metrics);
  const tracing = await startTracing('quiesce-worker');
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
  const measuring = config.metrics === undefined ? undefined : measureProcess(Runtime.instance().metricMeter);
  try {
    await verifySearchAttributes(temporal, namespace);
    const worker = await createQuiesceWorker({
      temporal,
      namespace,
      dataConverter,
      connections,
      tracing,
      ...(config.callbacks !== undefined && { callbacks: config.callbacks }),
    });
    onReady?.({ address, namespace });
    await worker.run();
  } finally {
    measuring?.stop();
    await connections.close();
    await temporal.close();
    await tracing.stop();
  }
}
