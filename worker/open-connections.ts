import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { Runtime, type NativeConnection } from '@temporalio/worker';
import type { LiveConnectionOptions } from '../activities/live-connection.js';
import { createLiveConnections, type LiveConnections } from '../activities/live-connections.js';
import type { Connection } from '../config/load-config.js';
import { maskOf } from '../encryption/data-converter.js';
import { createConnectionKeeper } from './connection-keeper.js';

export interface OpenConnectionsOptions extends Pick<LiveConnectionOptions, 'cooldowns' | 'longestWaitMs'> {
  readonly temporal: NativeConnection;
  readonly namespace: string;
  /** As of the Worker. */
  readonly dataConverter?: DataConverter;
  readonly connections: ReadonlyMap<string, Connection>;
}

/** The config's connections for one Worker, which shares their quotas with all other Workers through Temporal. */
export function openConnections({
  temporal,
  namespace,
  dataConverter = {},
  connections,
  ...options
}: OpenConnectionsOptions): LiveConnections {
  return createLiveConnections(connections, {
    ...options,
    taskMask: maskOf(dataConverter),
    keeper: createConnectionKeeper(new Client({ connection: temporal, namespace, dataConverter })),
    // In containers, host and process id alone may be those of the process before.
    holder: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    logger: Runtime.instance().logger,
    meter: Runtime.instance().metricMeter,
  });
}
