import { setFlagsFromString } from 'node:v8';
import { Command, Option } from '@commander-js/extra-typings';
import type { Config } from '../../config/load-config.js';
import type { CliContext } from '../context.js';
import { globalOptions, wholeNumber } from '../options.js';
import { readConfig } from '../read-config.js';

export function workerCommand(context: CliContext) {
  return new Command('worker')
    .summary('run a Worker, which does the work')
    .description(
      "Runs a Worker until SIGINT or SIGTERM, then lets it finish what it is at. It reads the config's connections and their credentials; nothing else needs them.",
    )
    .addOption(
      new Option(
        '--metrics-port <n>',
        "where it shows its metrics to Prometheus (default: the config's metrics.port; without a section metrics, nowhere)",
      ).argParser(wholeNumber(1, 65_535)),
    )
    .action(async ({ metricsPort }, command) => {
      const config = withMetrics(await readConfig(context, globalOptions(command).config), metricsPort);
      endWithParent();
      // A campaign leaves much behind for the collector; left to itself, it lets the heap grow to four times of what is in use
      // (docs/performance.md).
      setFlagsFromString('--heap-growing-percent=60');
      const { runWorker } = await import('../../worker/run-worker.js');
      await runWorker({
        config,
        onReady: ({ address, namespace }) => {
          const names = [...config.connections.keys()].join(', ');
          process.send?.('ready');
          context.terminal.out.write(
            `Worker is ready: Temporal ${address}, namespace ${namespace}, connections ${names}.\n`,
          );
        },
      });
    });
}

/** What was typed goes before what the config says. */
function withMetrics(config: Config, port: number | undefined): Config {
  return port === undefined ? config : { ...config, metrics: { host: '127.0.0.1', ...config.metrics, port } };
}

/** `quiesce dev` keeps a channel open to its Worker; when that closes, however it came about, nobody needs this Worker. */
function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
