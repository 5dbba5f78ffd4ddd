import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { minimalEnvironment } from '../../devserver/providing/minimal-environment.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { parseEnv, read, ROOT } from '../deploy-files.js';
import { lowPorts } from '../low-ports.js';
import type { Postgresql } from './postgresql.js';
import type { LoggedProcess, Processes } from '../processes.js';
import { OTHER_PORTS, placeTemporalOnPostgresql, type PostgresTools } from './temporal-on-postgresql.js';

export interface Tools extends PostgresTools {
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

/** Starts them in the order in which docker-compose.yml lets them wait for each other. */
export async function startDeployment(
  processes: Processes,
  tools: Tools,
  folder: string,
): Promise<Deployment> {
  const [port = 0, clouds, service, ...otherPorts] = await lowPorts(HOST, 3 + OTHER_PORTS);
  // Whoever runs this may have a file with another Temporal in it.
  const noProfile = join(folder, 'temporal.toml');
  const configPath = join(folder, 'quiesce.config.yaml');
  const env = {
    ...minimalEnvironment(process.env),
    TEMPORAL_CONFIG_FILE: noProfile,
    QUIESCE_CONFIG: configPath,
  };
  const server = await placeTemporalOnPostgresql(processes, { tools, folder, env, port, otherPorts });
  const ours = (name: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) => ({
    name,
    command: ['quiesce', ...args] as const,
    env: { ...server.environmentOf(name), ...more },
  });

  await writeFile(noProfile, '[profile.default]\n');
  const simulated = `http://${HOST}:${clouds}`;
  const keysFile = join(folder, 'api-keys.json');
  const text = read('deploy/demo/quiesce.config.yaml').replaceAll('http://simulator:9000', simulated);
  // Several Workers on one machine cannot all show their metrics on the same port.
  const { metrics: _, api: said, ...config } = parse(text) as Record<string, object>;
  const listen = { host: HOST, port: Number(service), keysFile };
  await writeFile(configPath, stringify({ ...config, api: { ...said, ...listen } }));

  const prepare = async () => {
    await server.setUpSchema();
    temporal ??= await server.start();
    await server.createNamespace();
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
  await processes.run({
    name: 'first-key',
    command: ['sh', join(ROOT, 'deploy/first-key.sh'), ...KEY, keyFile],
    env: server.environmentOf('api'),
  });
  const headers = { authorization: `Bearer ${(await readFile(keyFile, 'utf8')).trim()}` };
  const api = processes.start(ours('api', ['api']));
  const url = `http://${HOST}:${service}`;
  await api.until(() => answers(`${url}/readyz`));

  return {
    simulator: new SimulatorControl(simulated),
    postgresql: server.postgresql,
    temporal: temporal as LoggedProcess,
    workers,
    api,
    prepare,
    startTemporal: () => server.start(),
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
