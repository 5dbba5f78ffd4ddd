import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minimalEnvironment } from '../../devserver/providing/minimal-environment.js';
import { ROOT } from '../deploy-files.js';
import { lowPorts } from '../low-ports.js';
import type { PostgresTools } from '../postgres/temporal-on-postgresql.js';
import { Processes } from '../processes.js';
import { Toxiproxy } from './toxiproxy.js';
import type { Vendor } from './vendors.js';

/** What `npm run test:chaos` has found and built. */
export interface Tools {
  /** Temporal's CLI. */
  readonly temporal: string;
  readonly toxiproxy: string;
  /** Left out: nobody wanted it. */
  readonly postgres?: PostgresTools;
  /** The folder with the build of the version before. Left out: no version has been released. */
  readonly previous?: string;
}

/** What is started from now on: whose `quiesce` a Worker and the HTTP service are, and as which build the Workers. */
export interface Versions {
  worker: string;
  api: string;
  build: string | undefined;
}

/** Where the parts are put: their processes, their ports, and the proxies between them. */
export interface Site {
  readonly vendors: readonly Vendor[];
  readonly folder: string;
  /** How often Workers look, such as `1s`. */
  readonly pollEvery: string;
  readonly processes: Processes;
  readonly env: NodeJS.ProcessEnv;
  readonly versions: Versions;
  readonly toxiproxy: Toxiproxy;
  readonly nextPort: () => number;
  /** A proxy of its own for whoever goes to an address: where it listens. Without proxies, the address. */
  through(name: string, upstream: string): Promise<string>;
}

export interface SiteOptions {
  readonly tools: Tools;
  readonly vendors: readonly Vendor[];
  readonly folder: string;
  readonly pollEvery: string;
  /** Whether what goes between two parts goes through a proxy that can spoil it. */
  readonly proxied: boolean;
  /** Ports that will be taken, at most. */
  readonly ports: number;
}

export const HOST = '127.0.0.1';
const PROGRAM = join('bin', 'quiesce.js');
/** The command of the present version. */
export const QUIESCE = join(ROOT, PROGRAM);

/** Starts toxiproxy, and nothing else yet. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { tools, vendors, folder, pollEvery, proxied, ports: count } = options;
  const logs = join(folder, 'logs');
  await mkdir(logs, { recursive: true });
  const processes = new Processes(logs);
  const ports = await lowPorts(HOST, count + 1);
  const nextPort = () => {
    const port = ports.pop();
    if (port === undefined) throw new Error(`${count} ports are too few.`);
    return port;
  };
  const noProfile = join(folder, 'temporal.toml');
  await writeFile(noProfile, '[profile.default]\n');
  const env = { ...minimalEnvironment(process.env), TEMPORAL_CONFIG_FILE: noProfile };
  const port = nextPort();
  const command = [tools.toxiproxy, '-host', HOST, '-port', String(port), '-proxy-metrics'] as const;
  const started = processes.start({ name: 'toxiproxy', command, env });
  const toxiproxy = new Toxiproxy(`http://${HOST}:${port}`);
  await started.until(() => toxiproxy.isReady());
  const before = join(tools.previous ?? ROOT, PROGRAM);
  return {
    vendors,
    folder,
    pollEvery,
    processes,
    env,
    versions: { worker: before, api: before, build: undefined },
    toxiproxy,
    nextPort,
    async through(name, upstream) {
      if (!proxied) return upstream;
      const listen = `${HOST}:${nextPort()}`;
      await toxiproxy.add(name, listen, upstream);
      return listen;
    },
  };
}
