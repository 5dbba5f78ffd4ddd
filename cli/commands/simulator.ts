import { once } from 'node:events';
import { Command, Option } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { portNumber } from '../options.js';

export function simulatorCommand(context: CliContext) {
  return new Command('simulator')
    .summary('run the simulated clouds')
    .description(
      'Runs the simulated clouds of all providers on one port until Ctrl-C. Prints one line of JSON: where it is, and the made-up credentials it accepts.',
    )
    .addOption(
      new Option('--port <n>', 'where it listens; 0 for any free port').argParser(portNumber).default(0),
    )
    .option(
      '--host <address>',
      'the address it listens on; its control API asks for no credential',
      '127.0.0.1',
    )
    .action(async ({ port, host }) => {
      const { startSimulator } = await import('../../simulator/start-simulator.js');
      const simulator = await startSimulator({ port, host });
      const { endpoint, credentials } = simulator;
      context.terminal.out.write(`${JSON.stringify({ endpoint, credentials })}\n`);
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      await simulator.close();
    });
}
