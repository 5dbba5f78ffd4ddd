import { setFlagsFromString } from 'node:v8';
import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { globalOptions } from '../options.js';
import { readConfig } from '../read-config.js';

export function workerCommand(context: CliContext) {
  return new Command('worker')
    .summary('run a Worker, which does the work')
    .description(
      "Runs a Worker until SIGINT or SIGTERM, then lets it finish what it is at. It reads the config's connections and their credentials; nothing else needs them.",
    )
    .action(async (_options, command) => {
      const config = await readConfig(context, globalOptions(command).config);
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

/** `quiesce dev` keeps a channel open to its Worker; when that closes, however it came about, nobody needs this Worker. */
function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
