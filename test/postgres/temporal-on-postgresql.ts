import { delimiter, join } from 'node:path';
import { isPortFree } from '../../devserver/free-ports.js';
import { readCompose, ROOT, withDefaults } from '../deploy-files.js';
import type { Launch, LoggedProcess, Processes } from '../processes.js';
import { startPostgresql, type Postgresql, type PostgresqlOptions } from './postgresql.js';

/** What `scripts/provide-postgres.mjs` has found and built. */
export interface PostgresTools {
  readonly postgresql: Pick<PostgresqlOptions, 'programs' | 'user'>;
  /** Holds `temporal-server`, `temporal-sql-tool`, `temporal` and `quiesce`. */
  readonly programs: string;
  /** Of the server's image. */
  readonly entrypoint: string;
}

export interface TemporalOnPostgresqlOptions {
  readonly tools: PostgresTools;
  /** Where PostgreSQL's user may come. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where Temporal is asked. */
  readonly port: number;
  /** So many as {@link OTHER_PORTS}. */
  readonly otherPorts: readonly number[];
  /** Where PostgreSQL is reached that listens at this address. Left out: there. */
  readonly through?: (address: string) => Promise<string>;
}

/** Temporal's server and its PostgreSQL as docker-compose.yml deploys them, as processes of this machine. */
export interface TemporalOnPostgresql {
  readonly postgresql: Postgresql;
  /** What docker-compose.yml gives a service, with what is elsewhere than in containers. */
  environmentOf(service: string): NodeJS.ProcessEnv;
  /** The server; {@link isThere} when it listens. */
  readonly server: Launch;
  isThere(): Promise<boolean>;
  /** Starts the server, and waits until it listens. */
  start(): Promise<LoggedProcess>;
  /** Before the server is started; it may be done once more. */
  setUpSchema(): Promise<void>;
  /** Once the server is there; it may be done once more. */
  createNamespace(): Promise<void>;
}

const HOST = '127.0.0.1';
const FRONTEND = 'FRONTEND_GRPC_PORT';
/** What the server listens on beside that: in a container of its own, the defaults are free. */
const SERVER_PORTS = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER']
  .flatMap((service) => [`${service}_GRPC_PORT`, `${service}_MEMBERSHIP_PORT`])
  .concat('FRONTEND_HTTP_PORT')
  .filter((name) => name !== FRONTEND);
/** Ports that it takes beside the one where it is asked: those of the server, of its metrics, of PostgreSQL. */
export const OTHER_PORTS = SERVER_PORTS.length + 2;
const { services } = readCompose();

/** Starts PostgreSQL alone: who wants Temporal has three steps to do. */
export async function placeTemporalOnPostgresql(
  processes: Processes,
  { tools, folder, env, port, otherPorts, through = async (address) => address }: TemporalOnPostgresqlOptions,
): Promise<TemporalOnPostgresql> {
  const [database, metrics, ...rest] = otherPorts;
  const serverPorts = Object.fromEntries(SERVER_PORTS.map((name, at) => [name, String(rest[at])]));
  const postgresql = await startPostgresql(processes, {
    ...tools.postgresql,
    folder,
    port: Number(database),
  });
  const [databaseHost = HOST, databasePort = ''] = (await through(`${HOST}:${database}`)).split(':');
  const here = { ...env, PATH: [tools.programs, process.env['PATH']].join(delimiter) };
  /** All else is as docker-compose.yml says. */
  const elsewhere: Readonly<Record<string, string>> = {
    POSTGRES_HOST: databaseHost,
    POSTGRES_SEEDS: databaseHost,
    DB_PORT: databasePort,
    POSTGRES_PASSWORD_FILE: postgresql.passwordFile,
    DYNAMIC_CONFIG_FILE_PATH: join(ROOT, 'deploy/temporal/dynamic-config.yaml'),
    // Not for the whole network: it asks nobody who they are.
    BIND_ON_IP: HOST,
    PROMETHEUS_ENDPOINT: `${HOST}:${metrics}`,
    TEMPORAL_ADDRESS: `${HOST}:${port}`,
  };
  const environmentOf = (name: string): NodeJS.ProcessEnv => {
    const said = Object.entries(services[name]?.environment ?? {});
    return {
      ...here,
      ...Object.fromEntries(said.map(([key, text]) => [key, elsewhere[key] ?? withDefaults(text)])),
    };
  };
  const script = (name: string, file: string, ...command: string[]) => ({
    name,
    command: ['sh', join(ROOT, 'deploy/temporal', file), ...command] as const,
    env: environmentOf(name),
  });
  // Its image's shell knows `pipefail`, and Debian's `sh` does not.
  const server = script('temporal', 'start-server.sh', 'bash', tools.entrypoint);
  const launch = { ...server, env: { ...server.env, ...serverPorts, [FRONTEND]: String(port) } };
  const isThere = async () => !(await isPortFree(HOST, port));
  return {
    postgresql,
    environmentOf,
    server: launch,
    isThere,
    async start() {
      const started = processes.start(launch);
      await started.until(isThere);
      return started;
    },
    setUpSchema: () => processes.run(script('temporal-schema', 'set-up-schema.sh')),
    createNamespace: () => processes.run(script('temporal-namespace', 'create-namespace.sh')),
  };
}
