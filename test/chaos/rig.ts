import { Client, Connection } from '@temporalio/client';
import { GRPC_INTERCEPTORS } from '../../client/grpc-interceptors.js';
import { registerSearchAttributes } from '../../setup/search-attributes.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { OTHER_PORTS } from '../postgres/temporal-on-postgresql.js';
import { ANSWERED_WITHIN_MS, answers } from './answers.js';
import { placeApi } from './api-part.js';
import { secretsOf } from './connections.js';
import { closeOnce } from './interruption.js';
import { Part } from './part.js';
import { HOST, openSite, QUIESCE, type Site, type Tools, type Versions } from './site.js';
import {
  POSTGRESQL_PROXY,
  startTemporal,
  type DatabaseName,
  type TemporalServer,
} from './temporal-server.js';
import type { Toxiproxy } from './toxiproxy.js';
import { quotasOf, type Readings, type Vendor } from './vendors.js';
import { placeWorker, type Place } from './worker-place.js';

export interface RigOptions {
  readonly tools: Tools;
  readonly vendors: readonly Vendor[];
  /** Gets the database, the configs and the logs. */
  readonly folder: string;
  readonly workers: number;
  readonly database: DatabaseName;
  /** How often Workers look, such as `1s`. */
  readonly pollEvery: string;
  /** Whether what goes between two parts goes through a proxy that can spoil it. */
  readonly proxied: boolean;
  /** What the clouds do where documents leave it open. Left out: what the simulator does by default. */
  readonly readings?: Readings;
}

/** Between which two parts a connection is. */
export const LINKS = [
  'worker-temporal',
  'worker-simulator',
  'api-temporal',
  'client-api',
  'temporal-postgresql',
] as const;
export type Link = (typeof LINKS)[number];

/** All parts as processes of their own. */
export interface Rig {
  readonly folder: string;
  readonly places: readonly Place[];
  /** Nobody is there until a deploy. */
  readonly spare: Place;
  readonly api: Part;
  readonly versions: Versions;
  readonly temporal: TemporalServer;
  readonly toxiproxy: Toxiproxy;
  /** Past the proxies: what looks on has no part in the chaos. */
  readonly simulator: SimulatorControl;
  readonly client: Client;
  /** Asks the HTTP service through its proxy. */
  ask(method: string, path: string, request?: AskRequest): Promise<Response>;
  /** The same past the proxy. */
  askDirectly(path: string): Promise<Response>;
  /** The proxies of a link; those of one Worker alone when its place is given. */
  proxiesOf(link: Link, place?: number): readonly string[];
  readonly secrets: readonly string[];
  readonly parts: readonly Part[];
  close(): Promise<void>;
}

export interface AskRequest {
  readonly type?: string;
  readonly body?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** Of Temporal, the simulator, the HTTP service and its two proxies, and the one before PostgreSQL; and of each Worker. */
const PORTS = 6;
const PORTS_OF_A_WORKER = 4;

/** Starts all parts, and waits until each is ready. Whatever comes of it, what was started is closed in order. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const { tools, vendors, folder, workers, pollEvery, proxied } = options;
  const ports = PORTS + PORTS_OF_A_WORKER * (workers + 1) + OTHER_PORTS;
  const site = await openSite({ tools, vendors, folder, ports, pollEvery, proxied });
  const started: Started = { parts: [] };
  const close = closeOnce(async () => {
    for (const part of [...started.parts, started.temporal]) part?.letGo();
    await started.connection?.close();
    await site.processes.endAll();
    await started.temporal?.stop();
  });
  try {
    return { ...(await startParts(site, started, options)), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** What there is to close. */
interface Started {
  parts: readonly Part[];
  temporal?: TemporalServer;
  connection?: Connection;
}

async function startParts(site: Site, started: Started, options: RigOptions): Promise<Omit<Rig, 'close'>> {
  const { vendors, tools, folder, workers, database, readings } = options;
  const { toxiproxy, versions } = site;
  const [temporalPort, apiPort] = [site.nextPort(), site.nextPort()];
  const [temporal, cloud] = await Promise.all([
    startTemporal(database, { ...site, tools, port: temporalPort }).then((it) => (started.temporal = it)),
    startSimulator(site, readings),
  ]);
  const address = `${HOST}:${temporalPort}`;
  const upstream = { temporal: address, simulator: cloud.address };
  const places: Place[] = [];
  for (let number = 1; number <= workers; number++) places.push(await placeWorker(site, number, upstream));
  const spare = await placeWorker(site, workers + 1, upstream);
  const { key, part: api } = await placeApi(site, apiPort, {
    temporal: await site.through('temporal-for-api', address),
    simulated: `http://${cloud.address}`,
  });
  const parts = [...places.map(({ part }) => part), spare.part, api, cloud.part];
  started.parts = parts;
  const apiForClient = await site.through('api-for-client', `${HOST}:${apiPort}`);
  const connection = await Connection.connect({ address, interceptors: GRPC_INTERCEPTORS });
  started.connection = connection;
  await registerSearchAttributes(connection, 'default');
  await Promise.all([...places.map(({ part }) => part.up()), api.up()]);
  return {
    folder,
    places,
    spare,
    api,
    versions,
    temporal,
    toxiproxy,
    simulator: cloud.control,
    client: new Client({ connection }),
    ask: (method, path, request) => ask(key, method, `http://${apiForClient}${path}`, request),
    askDirectly: (path) => ask(key, 'GET', `http://${HOST}:${apiPort}${path}`),
    proxiesOf: (link, place) => {
      if (link === 'client-api') return ['api-for-client'];
      if (link === 'api-temporal') return ['temporal-for-api'];
      if (link === 'temporal-postgresql') return [POSTGRESQL_PROXY];
      const chosen = place === undefined ? [...places, spare] : [places[place] as Place];
      return chosen.map(({ proxies }) => proxies[link]);
    },
    secrets: [key, ...secretsOf(vendors)],
    parts,
  };
}

async function startSimulator({ processes, env, vendors, nextPort }: Site, readings: Readings = {}) {
  const port = nextPort();
  const address = `${HOST}:${port}`;
  const command = [process.execPath, QUIESCE, 'simulator', '--port', String(port)] as const;
  const part = new Part(
    'simulator',
    processes,
    () => ({ name: 'simulator', command, env }),
    () => answers(`http://${address}/_simulator/summary`),
  );
  await part.up();
  const control = new SimulatorControl(`http://${address}`);
  for (const vendor of vendors) {
    const provider = vendor.definition.id;
    await control.settings({ ...readings[provider], provider, quotas: quotasOf(vendor) });
  }
  return { address, part, control };
}

function ask(key: string, method: string, url: string, request: AskRequest = {}): Promise<Response> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(request.type !== undefined && { 'content-type': request.type }),
    ...(request.key !== undefined && { 'idempotency-key': request.key }),
  };
  const timeout = AbortSignal.timeout(ANSWERED_WITHIN_MS);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
  const body = request.body === undefined ? {} : { body: request.body };
  return fetch(url, { method, headers, signal, ...body });
}
