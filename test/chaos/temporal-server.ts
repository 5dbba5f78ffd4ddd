import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js';
import { startDevServer, type DevServer } from '../../devserver/start-dev-server.js';
import type { Postgresql } from '../postgres/postgresql.js';
import {
  OTHER_PORTS,
  placeTemporalOnPostgresql,
  type PostgresTools,
} from '../postgres/temporal-on-postgresql.js';
import type { Processes } from '../processes.js';
import { Part } from './part.js';
import type { Site, Tools } from './site.js';

/** What Temporal keeps everything in. */
export type DatabaseName = 'sqlite' | 'postgresql';

/** Temporal's server and its database, at the same address however often they are started. */
export interface TemporalServer {
  /** SIGKILL of the server; the database is kept. */
  kill(): Promise<void>;
  start(): Promise<void>;
  pid(): number | undefined;
  /** Where the server is on it. */
  readonly postgresql?: Postgresql;
  /** What of the database is on the disk. */
  files(): Promise<string[]>;
  /** When it ends from then on, it is not started again. */
  letGo(): void;
  stop(): Promise<void>;
}

export interface TemporalOptions {
  readonly tools: Tools;
  readonly folder: string;
  readonly processes: Processes;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly nextPort: () => number;
  readonly through: Site['through'];
}

/** Where Temporal's server reaches PostgreSQL. */
export const POSTGRESQL_PROXY = 'postgresql-for-temporal';

/** Starts it on either, and waits until it is ready. */
export function startTemporal(database: DatabaseName, options: TemporalOptions): Promise<TemporalServer> {
  const { tools, folder, port, nextPort } = options;
  if (database === 'sqlite') return startOnSqlite(tools.temporal, folder, port);
  if (tools.postgres === undefined) throw new Error('PostgreSQL takes --postgres.');
  const otherPorts = Array.from({ length: OTHER_PORTS }, nextPort);
  return startOnPostgresql({ ...options, tools: tools.postgres, otherPorts });
}

/** Temporal's dev server, with its database in a file. */
async function startOnSqlite(path: string, folder: string, port: number): Promise<TemporalServer> {
  const options = {
    path,
    uiPort: false,
    port,
    dbFilename: join(folder, 'temporal.db'),
    // A dev server would ask its database for them at every call; a cluster does so once a minute.
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, 'Keyword'])),
    dynamicConfig: {
      'system.forceSearchAttributesCacheRefreshOnRead': false,
      // On SQLite each read of the next timers passes over all that are done and not deleted yet, which is half a minute's otherwise;
      // a server that is behind, with more of them, would come to nothing else: fewer reads, of more timers each.
      'history.timerProcessorUpdateAckInterval': '5s',
      'history.timerProcessorMaxPollRPS': 5,
      'history.timerTaskBatchSize': 1_000,
    },
    // In KiB and in pages: a soak's database has more of them than the 2 MB that SQLite would keep, and every checkpoint writes all that were changed since the last.
    extraArgs: ['--sqlite-pragma', 'cache_size=-65536', '--sqlite-pragma', 'wal_autocheckpoint=32768'],
    startTimeoutMs: 120_000,
  } as const;
  let server: DevServer | undefined = await startDevServer(options);
  let starting: Promise<void> | undefined;
  return {
    async kill() {
      const killed = server;
      server = undefined;
      if (killed === undefined) return;
      process.kill(killed.pid, 'SIGKILL');
      await killed.exited;
    },
    async start() {
      if (server !== undefined) return;
      starting ??= startDevServer(options).then((started) => void (server = started));
      await starting;
      starting = undefined;
    },
    pid: () => server?.pid,
    files: async () => {
      const names = (await readdir(folder)).filter((name) => name.startsWith('temporal.db'));
      return names.map((name) => join(folder, name));
    },
    letGo: () => undefined,
    stop: () => server?.stop() ?? Promise.resolve(),
  };
}

interface OnPostgresqlOptions {
  readonly processes: Processes;
  readonly tools: PostgresTools;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly otherPorts: readonly number[];
  readonly through: Site['through'];
}

/** The server that is deployed. It may end by itself while PostgreSQL is away, and is started again, as Compose does it. */
async function startOnPostgresql(options: OnPostgresqlOptions): Promise<TemporalServer> {
  // PostgreSQL, as another user, has to get through.
  const folder = await mkdtemp(join(tmpdir(), 'quiesce-chaos-'));
  await chmod(folder, 0o711);
  const { processes } = options;
  const placed = await placeTemporalOnPostgresql(processes, {
    ...options,
    folder,
    through: (postgresql) => options.through(POSTGRESQL_PROXY, postgresql),
  });
  const { postgresql } = placed;
  const part = new Part(
    'temporal',
    processes,
    () => placed.server,
    () => placed.isThere(),
  );
  await placed.setUpSchema();
  await part.up();
  await placed.createNamespace();
  return {
    kill: () => part.down('SIGKILL'),
    start: () => part.up(),
    pid: () => part.pid,
    postgresql,
    files: async () => {
      const entries = await readdir(postgresql.data, { recursive: true, withFileTypes: true });
      const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
      return [...paths, await postgresql.dump()];
    },
    letGo: () => part.letGo(),
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}
