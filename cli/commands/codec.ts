import { Command, Option } from '@commander-js/extra-typings';
import { usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { globalOptions, portNumber } from '../options.js';
import { readConfig } from '../read-config.js';
import { listenToDrain } from '../stack/listen-to-drain.js';

const DEFAULT_PORT = 8081;

export function codecCommand(context: CliContext) {
  return new Command('codec')
    .summary('run the codec server, which decrypts for the Temporal UI')
    .description(
      "Runs the codec server until SIGINT or SIGTERM: POST /decode and /encode, for the Temporal UI and command line, with the keys of QUIESCE_ENCRYPTION_KEYS_FILE. Callers are those of the config's section `api`, with the scope `read`; web pages are let in from the origin of --ui-url alone.",
    )
    .option('--host <address>', "the address it listens on (default: the config's api.host, 127.0.0.1)")
    .addOption(
      new Option('--port <n>', 'where it listens; 0 for any free port')
        .argParser(portNumber)
        .default(DEFAULT_PORT),
    )
    .option('--no-auth', 'ask nobody for a credential, and read no config; on a loopback address alone')
    .action(async ({ host, port, auth }, command) => {
      const { config: path, uiUrl } = globalOptions(command);
      const uiOrigin = uiUrl === undefined || uiUrl === '' ? undefined : originOf(uiUrl);
      const { apiSchema } = await import('../../config/api-settings.js');
      const api = auth ? (await readConfig(context, path)).api : apiSchema.parse({});
      const { runCodec } = await import('../../api/run-codec.js');
      const { out, err } = context.terminal;
      const { stop, hurry } = listenToDrain(err);
      await runCodec({
        settings: { ...api, host: host ?? api.host, port },
        isOpen: !auth,
        ...(uiOrigin !== undefined && { page: uiOrigin }),
        log: { write: (line) => void err.write(line) },
        onReady: (url) =>
          void out.write(`The codec server is ready at ${url}, for ${uiOrigin ?? 'no web page'}.\n`),
        stop: stop.signal,
        hurry,
      });
      stop.dispose();
    });
}

function originOf(uiUrl: string): string {
  // `localhost:8233` is an address, too, and its origin "null" is also that of every sandboxed page.
  if (URL.canParse(uiUrl) && /^https?:$/.test(new URL(uiUrl).protocol)) return new URL(uiUrl).origin;
  throw usageError('--ui-url must be the address of the Temporal UI, such as https://temporal.example.com.');
}
