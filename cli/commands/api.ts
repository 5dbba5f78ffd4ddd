import { Command, Option } from '@commander-js/extra-typings';
import type { Config } from '../../config/load-config.js';
import { boundHeap } from '../bound-heap.js';
import type { CliContext } from '../context.js';
import { durationOption, globalOptions, portNumber } from '../options.js';
import { readConfig } from '../read-config.js';
import { listenToDrain } from '../stack/listen-to-drain.js';

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
    .addOption(
      durationOption(
        '--drain-for <duration>',
        "how long it still answers when it has been told to stop, and /readyz says so (default: the config's api.drainFor, 5s)",
      ),
    )
    .action(async ({ host, port, auth, drainFor: drainMs }, command) => {
      boundHeap();
      const { config: path, uiUrl } = globalOptions(command);
      const config = await readConfig(context, path);
      const drainFor = drainMs === undefined ? undefined : `${drainMs}ms`;
      const { runApi } = await import('../../api/run-api.js');
      const { out, err } = context.terminal;
      const { stop, hurry } = listenToDrain(err);
      await runApi({
        config: asTyped(config, { host, port, temporalUiUrl: uiUrl, drainFor }),
        isOpen: !auth,
        log: { write: (line) => void err.write(line) },
        onReady: (url) =>
          void out.write(
            `The API is ready at ${url}, with a page to watch by; ${url}/docs shows what it does.\n`,
          ),
        stop: stop.signal,
        hurry,
      });
      stop.dispose();
    });
}

/** What was typed goes before what the config says. */
function asTyped(
  { api, ...config }: Config,
  typed: Record<'host' | 'port' | 'temporalUiUrl' | 'drainFor', unknown>,
): Config {
  const given = Object.entries(typed).filter(([, value]) => value !== undefined);
  return { ...config, api: { ...api, ...Object.fromEntries(given) } };
}
