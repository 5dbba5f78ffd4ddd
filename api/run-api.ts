import { readFile } from 'node:fs/promises';
import { Quiesce } from '../client/index.js';
import { ConfigError } from '../config/config-error.js';
import type { ApiSettings } from '../config/api-settings.js';
import type { Config } from '../config/load-config.js';
import { authenticationOf } from './authenticate.js';
import { createServer } from './create-server.js';
import { KeysFileError, readKeysFile } from './keys-file.js';

export interface RunApiOptions {
  readonly config: Config;
  /** Ask nobody for a credential. */
  readonly isOpen: boolean;
  readonly log?: { write(line: string): void };
  /** Called once it listens. */
  readonly onReady?: (url: string) => void;
  /** Ends the service when aborted, politely. */
  readonly stop: AbortSignal;
}

/** What is under way is answered within it: no route's own limits add up to more. */
const STOPPED_WITHIN_MS = 30_000;

/**
 * Runs the HTTP service until it is told to stop. Then no connection is taken any more, who waits or streams is answered at
 * once, and all else that is under way as ever; what cannot be answered within half a minute is cut off.
 * @throws ConfigError; TemporalUnreachableError; TemporalConfigError.
 */
export async function runApi({ config, isOpen, log, onReady, stop }: RunApiOptions): Promise<void> {
  const { api } = config;
  const authenticate = authenticationOf(api, isOpen);
  if (!isOpen && api.keysFile !== undefined) await checkKeysFile(api.keysFile);
  const tls = await readTls(api);
  const quiesce = await Quiesce.connect();
  try {
    const app = await createServer({
      quiesce,
      config,
      authenticate,
      ...(tls !== undefined && { tls }),
      ...(log !== undefined && { log }),
    });
    const { host, port } = api;
    onReady?.(await app.listen({ host, port }).catch(tellListening(host, port)));
    await aborted(stop);
    const cutOff = setTimeout(() => app.server.closeAllConnections(), STOPPED_WITHIN_MS);
    await app.close();
    clearTimeout(cutOff);
  } finally {
    await quiesce.close();
  }
}

/** Later, a file that cannot be used locks callers out until it is mended; at the start, nobody need find out by that. */
async function checkKeysFile(path: string): Promise<void> {
  await readKeysFile(path).catch((thrown: unknown) => {
    throw thrown instanceof KeysFileError ? new ConfigError(thrown.message) : thrown;
  });
}

async function readTls({ tls }: ApiSettings): Promise<{ cert: string; key: string } | undefined> {
  if (tls === undefined) return undefined;
  const [cert, key] = await Promise.all([readPem(tls.cert, 'cert'), readPem(tls.key, 'key')]);
  return { cert, key };
}

function readPem(path: string, setting: string): Promise<string> {
  return readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigError(`The file that api.tls.${setting} names, ${path}, cannot be read (${code}).`);
  });
}

function tellListening(host: string, port: number) {
  return ({ code }: NodeJS.ErrnoException): never => {
    throw new ConfigError(
      `The API cannot listen on ${host}, port ${port} (${code}): choose another with --host and --port, or in the config.`,
    );
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
