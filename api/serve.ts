import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import type { ApiSettings } from '../config/api-settings.js';
import { ConfigError } from '../config/config-error.js';
import { parseDurationMs } from '../contract/duration.js';
import type { Api } from './api.js';
import { authenticationOf, type Authenticate } from './authenticate.js';
import type { Tls } from './http-server.js';
import { KeysFileError, readKeysFile } from './keys-file.js';
import type { AppOptions } from './new-app.js';

export interface ServeOptions {
  readonly settings: ApiSettings;
  /** Ask nobody for a credential. */
  readonly isOpen: boolean;
  /** The origin of another's web pages that may call it; left out, none. */
  readonly page?: string;
  readonly log?: { write(line: string): void };
  /** Called once it listens. */
  readonly onReady?: (url: string) => void;
  /** Ends the service when aborted, politely. */
  readonly stop: AbortSignal;
  /** Aborted when nobody wants to wait until others have learnt of the stop. */
  readonly hurry?: AbortSignal;
}

/** What any of our HTTP services is made with. */
export type Serving = AppOptions & {
  readonly authenticate: Authenticate;
  /** Aborted when it has been told to stop, and still takes requests. */
  readonly draining: AbortSignal;
};

/** What is under way is answered within it: no route's own limits add up to more. */
const STOPPED_WITHIN_MS = 30_000;

/**
 * Runs an HTTP service until it is told to stop. Then it is not ready, and answers all the same for as long as whoever sends it
 * requests needs to see that. Then no connection is taken any more, who waits or streams is answered at once, and all else that
 * is under way as ever; what cannot be answered within half a minute is cut off.
 * @throws ConfigError; what `create` throws.
 */
export async function serve(
  { settings, isOpen, page, log, onReady, stop, hurry }: ServeOptions,
  create: (serving: Serving) => Promise<Api>,
): Promise<void> {
  const authenticate = authenticationOf(settings, isOpen, page);
  if (!isOpen && settings.keysFile !== undefined) await checkKeysFile(settings.keysFile);
  const tls = await readTls(settings);
  const app = await create({
    settings,
    authenticate,
    draining: stop,
    ...(tls !== undefined && { tls }),
    ...(log !== undefined && { log }),
  });
  const { host, port } = settings;
  onReady?.(await app.listen({ host, port }).catch(tellListening(host, port)));
  await aborted(stop);
  app.log.info({ drainFor: settings.drainFor }, 'told to stop');
  await drained(parseDurationMs(settings.drainFor) ?? 0, hurry);
  const cutOff = setTimeout(() => app.server.closeAllConnections(), STOPPED_WITHIN_MS);
  await app.close();
  clearTimeout(cutOff);
}

/** Later, a file that cannot be used locks callers out until it is mended; at the start, nobody need find out by that. */
async function checkKeysFile(path: string): Promise<void> {
  await readKeysFile(path).catch((thrown: unknown) => {
    throw thrown instanceof KeysFileError ? new ConfigError(thrown.message) : thrown;
  });
}

async function readTls({ tls }: ApiSettings): Promise<Tls | undefined> {
  if (tls === undefined) return undefined;
  const cert = await readPem(tls.cert, 'cert');
  const key = await readPem(tls.key, 'key');
  try {
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigError(
      `${tls.cert} and ${tls.key}, which api.tls.cert and api.tls.key name, are no certificate and its key in PEM (${why}).`,
    );
  }
}

function readPem(path: string, setting: string): Promise<string> {
  return readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigError(`The file that api.tls.${setting} names, ${path}, cannot be read (${code}).`);
  });
}

function tellListening(host: string, port: number) {
  return ({ code }: NodeJS.ErrnoException): never => {
    throw new ConfigError(
      `Nobody can listen on ${host}, port ${port} (${code}): choose another with --host and --port, or in the config.`,
    );
  };
}

/** Until it is over, or somebody is in a hurry. */
async function drained(ms: number, hurry: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { ...(hurry && { signal: hurry }) }).catch(() => {});
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
