import { setFlagsFromString } from 'node:v8';
import { Command, Option } from '@commander-js/extra-typings';
import type { Config } from '../../config/load-config.js';
import { formatDuration } from '../../contract/duration.js';
import { usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { globalOptions, portNumber, wholeNumber } from '../options.js';
import { readConfig } from '../read-config.js';
import { listenForStop } from '../stack/until-stopped.js';

export function workerCommand(context: CliContext) {
  return new Command('worker')
    .summary('run a Worker, which does the work')
    .description(
      "Runs a Worker until SIGINT or SIGTERM, then lets it finish what it is at; a second signal ends it at once. It reads the config's connections and their credentials; nothing else needs them.",
    )
    .option(
      '--health-host <address>',
      "the address it says there how it is (default: the config's worker.health.host, 127.0.0.1)",
    )
    .addOption(
      new Option(
        '--health-port <n>',
        "where /healthz and /readyz say how it is; 0 for any free port (default: the config's worker.health.port; without it, nowhere)",
      ).argParser(portNumber),
    )
    .addOption(
      new Option(
        '--metrics-port <n>',
        "where it shows its metrics to Prometheus (default: the config's metrics.port; without a section metrics, nowhere)",
      ).argParser(wholeNumber(1, 65_535)),
    )
    .action(async ({ healthHost: host, healthPort: port, metricsPort }, command) => {
      const read = await readConfig(context, globalOptions(command).config);
      const config = withMetrics(withHealth(read, { host, port }), metricsPort);
      endWithParent();
      const { planMemory } = await import('../../worker/plan-memory.js');
      const memory = planMemory(config.worker.memoryBytes, process.constrainedMemory());
      for (const flag of memory.v8Flags) setFlagsFromString(flag);
      const { runWorker } = await import('../../worker/run-worker.js');
      const { out, err } = context.terminal;
      const stop = listenForStop();
      stop.onInsisted = () =>
        void err.write('Stopped before all was done; another Worker does it again, after a look.\n');
      const end = await runWorker({
        config,
        memory,
        log: err,
        stop: stop.signal,
        onReady: ({ address, namespace, healthUrl, build }) => {
          const names = [...config.connections.keys()].join(', ');
          process.send?.('ready');
          const version = build === undefined ? '' : `, build ${build.buildId} of ${build.deploymentName}`;
          const health = healthUrl === undefined ? '' : `, health at ${healthUrl}`;
          out.write(
            `Worker is ready: Temporal ${address}, namespace ${namespace}, connections ${names}${version}${health}.\n`,
          );
        },
      });
      stop.dispose();
      if (end === 'drained') return;
      const within = formatDuration(config.worker.drainWithinMs);
      err.write(`Not all was done within ${within}; another Worker does the rest, after a look.\n`);
      context.exitCode = EXIT.other;
    });
}

/** What was typed goes before what the config says. */
function withMetrics(config: Config, port: number | undefined): Config {
  return port === undefined ? config : { ...config, metrics: { host: '127.0.0.1', ...config.metrics, port } };
}

function withHealth(
  { worker, ...config }: Config,
  typed: { readonly host: string | undefined; readonly port: number | undefined },
): Config {
  const { host = worker.health?.host ?? '127.0.0.1', port = worker.health?.port } = typed;
  if (port !== undefined) return { ...config, worker: { ...worker, health: { host, port } } };
  if (typed.host === undefined) return { ...config, worker };
  throw usageError('--health-host says where to listen, and nothing says on which port: add --health-port.');
}

/** `quiesce dev` keeps a channel open to its Worker; when that closes, however it came about, nobody needs this Worker. */
function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
