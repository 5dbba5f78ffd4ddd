import { Command, Option } from '@commander-js/extra-typings';
import type { Config } from '../../config/load-config.js';
import type { CliContext } from '../context.js';
import { globalOptions, portNumber } from '../options.js';
import { readConfig } from '../read-config.js';
import { listenForStop } from '../stack/until-stopped.js';

export function apiCommand(context: CliContext) {
  return new Command('api')
    .summary('run the HTTP service')
    .description(
      "Runs the HTTP service until SIGINT or SIGTERM, then answers what is under way. It reads the config's section `api` and the names of its connections; their credentials are for Workers alone.",
    )
    .option('--host <address>', "the address it listens on (default: the config's api.host, 127.0.0.1)")
    .addOption(
      new Option(
        '--port <n>',
        "where it listens; 0 for any free port (default: the config's api.port, 8080)",
      ).argParser(portNumber),
    )
    .option('--no-auth', 'ask nobody for a credential; on a loopback address alone')
    .action(async ({ host, port, auth }, command) => {
      const config = await readConfig(context, globalOptions(command).config);
      const { runApi } = await import('../../api/run-api.js');
      const { out, err } = context.terminal;
      const stop = listenForStop();
      stop.onInsisted = () => void err.write('Stopped before all was answered.\n');
      await runApi({
        config: listeningOn(config, { host, port }),
        isOpen: !auth,
        log: { write: (line) => void err.write(line) },
        onReady: (url) => void out.write(`The API is ready at ${url}; ${url}/docs shows what it does.\n`),
        stop: stop.signal,
      });
      stop.dispose();
    });
}

/** What was typed goes before what the config says. */
function listeningOn(
  config: Config,
  { host, port }: { readonly host: string | undefined; readonly port: number | undefined },
): Config {
  const { api } = config;
  return { ...config, api: { ...api, host: host ?? api.host, port: port ?? api.port } };
}
