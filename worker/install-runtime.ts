import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Runtime } from '@temporalio/worker';
import { createJsonLogger } from '../telemetry/json-logger.js';
import { logLevel } from '../telemetry/log-level.js';

/** In seconds: vendors answer within twenty, or the call is given up. */
const CALL_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** As long as a call may wait, a bit more than that included. */
const WAIT_BUCKETS = [0.005, 0.05, 0.25, 1, 2.5, 5, 10, 20, 30];
/** From a second to three days. */
const CANCELLATION_BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 259_200];

/** Gets the log, a line of JSON each. */
export interface LogSink {
  write(line: string): unknown;
}

const HOST = '127.0.0.1';

/**
 * What the SDK does for all of this process: its log, as JSON, and its metrics, which ours join.
 * @returns where its exporter shows these, on loopback, where they are wanted.
 */
export async function installRuntime(isMeasuring: boolean, log: LogSink): Promise<string | undefined> {
  const logger = createJsonLogger(logLevel(process.env), (line) => void log.write(line));
  const bindAddress = isMeasuring ? `${HOST}:${await freePort()}` : undefined;
  Runtime.install({
    logger,
    telemetryOptions: {
      // What its native half says comes in the same form; else it is written past us.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(bindAddress !== undefined && {
        metrics: { attachServiceName: false, prometheus: { bindAddress, ...SHOWN } },
      }),
    },
  });
  return bindAddress && `http://${bindAddress}/metrics`;
}

const SHOWN = {
  countersTotalSuffix: true,
  unitSuffix: true,
  useSecondsForDurations: true,
  histogramBucketOverrides: {
    quiesce_vendor_call_duration: CALL_BUCKETS,
    quiesce_limiter_wait: WAIT_BUCKETS,
    quiesce_cancellation_duration: CANCELLATION_BUCKETS,
  },
} as const;

/** The exporter does not say which port it has chosen. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
