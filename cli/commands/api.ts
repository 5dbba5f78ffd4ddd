import { Command, Option } from '@commander-js/extra-typings';
import { usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { globalOptions, portNumber } from '../options.js';
import { readConfig } from '../read-config.js';
import { listenForStop } from '../stack/until-stopped.js';

export function apiCommand(context: CliContext) {
  return new Command('api')
    .summary('run the HTTP service')
    .description(
      'Runs the HTTP service until SIGINT or SIGTERM, then answers what is under way. It knows connections by name; their credentials are for Workers alone.',
    )
    .addOption(new Option('--host <address>', 'the address it listens on').default('127.0.0.1'))
    .addOption(
      new Option('--port <n>', 'where it listens; 0 for any free port').argParser(portNumber).default(8080),
    )
    .option('--no-auth', 'ask nobody for a credential; only on a loopback address')
    .action(async ({ host, port, auth }, command) => {
      const config = await readConfig(context, globalOptions(command).config);
      const { withoutAuthentication } = await import('../../api/authenticate.js');
      const { runApi } = await import('../../api/run-api.js');
      if (auth) throw usageError('Only --no-auth is there so far.');
      const stop = listenForStop();
      const { out, err } = context.terminal;
      await runApi({
        config,
        host,
        port,
        authenticate: withoutAuthentication,
        log: { write: (line) => void err.write(line) },
        onReady: (url) => void out.write(`The API is ready at ${url}.\n`),
        stop: stop.signal,
      });
      stop.dispose();
    });
}
