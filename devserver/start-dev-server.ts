import { devServerArguments, type DevServerSettings } from './dev-server-arguments.js';
import { spawnDevServer, type DevServerExit } from './dev-server-process.js';
import { DevServerStartError } from './dev-server-start-error.js';
import { twoFreePorts, isPortFree } from './free-ports.js';
import { waitUntilServing } from './wait-until-serving.js';
import { within } from './within.js';

export { DevServerStartError } from './dev-server-start-error.js';
export type { DevServerExit } from './dev-server-process.js';

/** What to start; only the path is needed. */
export type DevServerOptions = Omit<DevServerSettings, 'ip' | 'port' | 'uiPort'> & {
  /** The Temporal CLI, from `provideTemporal`. */
  readonly path: string;
  /** Default 127.0.0.1: the server asks nobody for a password. */
  readonly ip?: string;
  /** gRPC port; a free one by default. */
  readonly port?: number;
  /** Web UI port; a free one by default, no Web UI with `false`. */
  readonly uiPort?: number | false;
  /** Gets the server's own lines. */
  readonly log?: (line: string) => void;
  /** Ends the start; has no effect on a server that is up. */
  readonly signal?: AbortSignal;
  /** How long the server may take to answer; default 30 s. */
  readonly startTimeoutMs?: number;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  readonly stopGraceMs?: number;
};

/** A dev server that answers. */
export type DevServer = {
  /** `host:port` of gRPC. */
  readonly address: string;
  /** Undefined without a Web UI. */
  readonly uiUrl: string | undefined;
  readonly namespace: string;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason; never rejects. */
  readonly exited: Promise<DevServerExit>;
  /** Ends the server and waits for it; may be called more than once. */
  stop(): Promise<void>;
};

const ATTEMPTS = 3;
/**
 * Another process was quicker: to take the port that we had found free, or one that the server found for a part of its own. It panics for
 * want of the latter, in words that need not name a port (the part goes on without its listener: https://github.com/temporalio/cli/issues/543),
 * so that every panic is a reason to try again.
 */
const LOST_PORT = /address already in use|^(panic|fatal error): /im;

/**
 * Starts Temporal's dev server and waits until it answers and its namespace is there. It ends when we do, even
 * by SIGKILL (not on Windows).
 *
 * @throws {@link DevServerStartError} in one sentence, with the server's last lines
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const ip = options.ip ?? '127.0.0.1';
  for (const port of [options.port, options.uiPort]) {
    if (typeof port === 'number') await assertPortFree(ip, port);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce({ ...options, ip });
    } catch (error) {
      const portLost = error instanceof DevServerStartError && LOST_PORT.test(error.serverOutput);
      if (!portLost || attempt === ATTEMPTS) throw error;
    }
  }
}

async function assertPortFree(ip: string, port: number): Promise<void> {
  const free = await isPortFree(ip, port).catch((error: unknown) => {
    throw new DevServerStartError(`cannot listen on ${ip}:${port} (${(error as Error).message})`, '', {
      cause: error,
    });
  });
  if (!free) throw new DevServerStartError(`port ${port} on ${ip} is in use`);
}

async function startOnce(options: DevServerOptions & { readonly ip: string }): Promise<DevServer> {
  const {
    ip,
    log = () => undefined,
    namespace = 'default',
    startTimeoutMs = 30_000,
    stopGraceMs = 5_000,
  } = options;
  options.signal?.throwIfAborted();
  const [freePort, freeUiPort] = await twoFreePorts(ip);
  const port = options.port ?? freePort;
  const uiPort = options.uiPort ?? freeUiPort;
  const args = devServerArguments({ ...options, port, uiPort });
  const server = await spawnDevServer(options.path, args, log).catch((error: unknown) => {
    throw new DevServerStartError(`${options.path} cannot be run (${(error as Error).message})`, '', {
      cause: error,
    });
  });
  const address = hostAndPort(ip, port);
  const ended = new AbortController();
  void server.exited.then(() => ended.abort());
  const enders = [ended.signal, ...(options.signal ? [options.signal] : [])];
  try {
    await within(startTimeoutMs, enders, (signal) => waitUntilServing(address, namespace, signal));
  } catch (error) {
    const why = ended.signal.aborted
      ? 'it ended at once'
      : `it did not answer within ${startTimeoutMs / 1000} s`;
    await server.stop(stopGraceMs);
    options.signal?.throwIfAborted();
    throw new DevServerStartError(why, server.lastLines(), { cause: error });
  }
  const uiUrl = uiPort === false ? undefined : `http://${hostAndPort(ip, uiPort)}`;
  return {
    address,
    uiUrl,
    namespace,
    pid: server.pid,
    exited: server.exited,
    stop: () => server.stop(stopGraceMs),
  };
}

/** As a client on this machine writes it: a server on all addresses is reached on the loopback one. */
function hostAndPort(ip: string, port: number): string {
  if (ip === '0.0.0.0') return `127.0.0.1:${port}`;
  if (ip === '::') return `[::1]:${port}`;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
