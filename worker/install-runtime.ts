import { Runtime } from '@temporalio/worker';
import { ConfigError } from '../config/config-error.js';
import type { MetricsSettings } from '../config/metrics-settings.js';
import { createJsonLogger } from '../telemetry/json-logger.js';
import { logLevel } from '../telemetry/log-level.js';

/** In seconds: vendors answer within twenty, or the call is given up. */
const CALL_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** As long as a call may wait, a bit more than that included. */
const WAIT_BUCKETS = [0.005, 0.05, 0.25, 1, 2.5, 5, 10, 20, 30];
/** From a second to three days. */
const CANCELLATION_BUCKETS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 259_200];

/**
 * What the SDK does for all of this process: its log, as JSON on stderr, and its metrics, which ours join.
 * @throws ConfigError when nobody can listen where the metrics are to be shown.
 */
export function installRuntime(metrics: MetricsSettings | undefined): void {
  const logger = createJsonLogger(logLevel(process.env), (line) => void process.stderr.write(line));
  try {
    Runtime.install({
      logger,
      telemetryOptions: {
        // What its native half says comes in the same form; else it is written past us.
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(metrics !== undefined && { metrics: { attachServiceName: false, prometheus: shown(metrics) } }),
      },
    });
  } catch (thrown) {
    if (metrics === undefined) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigError(
      `The metrics cannot be shown on ${metrics.host}, port ${metrics.port}: ${why}. Choose another address with --metrics-port, or in the config's section metrics.`,
    );
  }
}

function shown({ host, port }: MetricsSettings) {
  return {
    bindAddress: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: {
      quiesce_vendor_call_duration: CALL_BUCKETS,
      quiesce_limiter_wait: WAIT_BUCKETS,
      quiesce_cancellation_duration: CANCELLATION_BUCKETS,
    },
  };
}
