import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isPortFree } from '../../devserver/free-ports.js';
import { minimalEnvironment } from '../../devserver/providing/minimal-environment.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { parseEnv, read, readCompose, ROOT, withDefaults } from '../deploy-files.js';
import { lowPorts } from './low-ports.js';
import { startPostgresql, type Postgresql, type PostgresqlOptions } from './postgresql.js';
import type { LoggedProcess, Processes } from './processes.js';

/** What `npm run test:postgres` has found and built. */
export interface Tools {
  readonly postgresql: Pick<PostgresqlOptions, 'programs' | 'user'>;
  /** Holds `temporal-server`, `temporal-sql-tool`, `temporal` and `quiesce`. */
  readonly programs: string;
  /** Of the server's image. */
  readonly entrypoint: string;
  readonly logs: string;
}

/** The services of docker-compose.yml with the demo's config, as processes of this machine. */
export interface Deployment {
  readonly simulator: SimulatorControl;
  readonly postgresql: Postgresql;
  readonly temporal: LoggedProcess;
  readonly workers: readonly LoggedProcess[];
  readonly api: LoggedProcess;
  /** Runs what prepares the database, the namespace and the Search Attributes. */
  prepare(): Promise<void>;
  /** Starts it, and waits until it listens. */
  startTemporal(): Promise<LoggedProcess>;
  startWorker(): Promise<LoggedProcess>;
  /** Runs a command of ours to its end, where a Worker is. */
  quiesce(...args: readonly string[]): Promise<void>;
  /** Asks the HTTP service, with a key of all scopes. */
  get(path: string): Promise<Response>;
  post(path: string, type: string, body: string): Promise<Response>;
}

const HOST = '127.0.0.1';
const WORKERS = 3;
const KEY = ['operator', 'read,cancel,campaign'];
/** What the server listens on: in a container of its own, the defaults are free. */
const SERVER_PORTS = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER']
  .flatMap((service) => [`${service}_GRPC_PORT`, `${service}_MEMBERSHIP_PORT`])
  .concat('FRONTEND_HTTP_PORT');
const { services } = readCompose();

/** Starts them in the order in which docker-compose.yml lets them wait for each other. */
export async function startDeployment(
  processes: Processes,
  { postgresql: found, programs, entrypoint }: Tools,
  folder: string,
): Promise<Deployment> {
  const [database, metrics, clouds, service, ...rest] = await lowPorts(HOST, 4 + SERVER_PORTS.length);
  const serverPorts = Object.fromEntries(SERVER_PORTS.map((name, at) => [name, String(rest[at])]));
  const frontend = serverPorts['FRONTEND_GRPC_PORT'];
  const postgresql = await startPostgresql(processes, { ...found, folder, port: Number(database) });
  const here = {
    ...minimalEnvironment(process.env),
    PATH: [programs, process.env['PATH']].join(delimiter),
    // Whoever runs this may have a file with another Temporal in it.
    TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml'),
    QUIESCE_CONFIG: join(folder, 'quiesce.config.yaml'),
  };
  /** What is elsewhere than in containers; all else is as docker-compose.yml says. */
  const elsewhere: Readonly<Record<string, string>> = {
    POSTGRES_HOST: HOST,
    POSTGRES_SEEDS: HOST,
    DB_PORT: String(database),
    POSTGRES_PASSWORD_FILE: postgresql.passwordFile,
    DYNAMIC_CONFIG_FILE_PATH: join(ROOT, 'deploy/temporal/dynamic-config.yaml'),
    // Not for the whole network: it asks nobody who they are.
    BIND_ON_IP: HOST,
    PROMETHEUS_ENDPOINT: `${HOST}:${metrics}`,
    TEMPORAL_ADDRESS: `${HOST}:${frontend}`,
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
    command: ['sh', join(ROOT, 'deploy', file), ...command] as const,
    env: environmentOf(name),
  });
  const ours = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => ({
    name,
    command: ['quiesce', ...args] as const,
    env: { ...environmentOf(name), ...env },
  });
  const server = script(
    'temporal',
    'temporal/start-server.sh',
    // Its image's shell knows `pipefail`, and Debian's `sh` does not.
    'bash',
    entrypoint,
  );
  const startTemporal = async () => {
    const started = processes.start({ ...server, env: { ...server.env, ...serverPorts } });
    await started.until(async () => !(await isPortFree(HOST, Number(frontend))));
    return started;
  };

  await writeFile(here.TEMPORAL_CONFIG_FILE, '[profile.default]\n');
  const simulated = `http://${HOST}:${clouds}`;
  const keysFile = join(folder, 'api-keys.json');
  const text = read('deploy/demo/quiesce.config.yaml').replaceAll('http://simulator:9000', simulated);
  // Several Workers on one machine cannot all show their metrics on the same port.
  const { metrics: _, api: said, ...config } = parse(text) as Record<string, object>;
  const listen = { host: HOST, port: Number(service), keysFile };
  await writeFile(here.QUIESCE_CONFIG, stringify({ ...config, api: { ...said, ...listen } }));

  const prepare = async () => {
    await processes.run(script('temporal-schema', 'temporal/set-up-schema.sh'));
    temporal ??= await startTemporal();
    await processes.run(script('temporal-namespace', 'temporal/create-namespace.sh'));
    await processes.run(ours('setup', ['setup']));
  };
  let temporal: LoggedProcess | undefined;
  await prepare();

  const simulator = processes.start(
    ours('simulator', ['simulator', '--host', HOST, '--port', String(clouds)]),
  );
  await simulator.until(() => answers(`${simulated}/_simulator/summary`));
  const credentials = parseEnv(read('deploy/demo/worker.env'));
  const startWorker = async () => {
    const [health] = await lowPorts(HOST, 1);
    const worker = processes.start(ours('worker', ['worker', '--health-port', String(health)], credentials));
    await worker.until(() => answers(`http://${HOST}:${health}/readyz`));
    return worker;
  };
  const workers = await Promise.all(Array.from({ length: WORKERS }, startWorker));

  const keyFile = join(folder, 'key');
  await processes.run({ ...script('api', 'first-key.sh', ...KEY, keyFile), name: 'first-key' });
  const headers = { authorization: `Bearer ${(await readFile(keyFile, 'utf8')).trim()}` };
  const api = processes.start(ours('api', ['api']));
  const url = `http://${HOST}:${service}`;
  await api.until(() => answers(`${url}/readyz`));

  return {
    simulator: new SimulatorControl(simulated),
    postgresql,
    temporal: temporal as LoggedProcess,
    workers,
    api,
    prepare,
    startTemporal,
    startWorker,
    quiesce: (...args) => processes.run({ ...ours('worker', args, credentials), name: 'quiesce' }),
    get: (path) => fetch(url + path, { headers }),
    post: (path, type, body) =>
      fetch(url + path, { method: 'POST', headers: { ...headers, 'content-type': type }, body }),
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
