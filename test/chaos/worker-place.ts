import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answers } from './answers.js';
import { connectionsOf } from './connections.js';
import { Part } from './part.js';
import { HOST, type Site } from './site.js';

/** Where a Worker is, whatever process is there at the moment. */
export interface Place {
  readonly part: Part;
  /** Its proxies. */
  readonly proxies: Readonly<Record<'worker-temporal' | 'worker-simulator', string>>;
  readonly metricsUrl: string;
  /** Of the processes that are started from now on. */
  output: string | undefined;
}

export const DEPLOYMENT = 'quiesce';

/** Puts a Worker that is not started yet behind proxies of its own. */
export async function placeWorker(
  site: Site,
  number: number,
  upstream: { readonly temporal: string; readonly simulator: string },
): Promise<Place> {
  const { versions } = site;
  const name = `worker-${number}`;
  const proxies = {
    'worker-temporal': `temporal-for-${name}`,
    'worker-simulator': `simulator-for-${name}`,
  } as const;
  const toTemporal = await site.through(proxies['worker-temporal'], upstream.temporal);
  const toSimulator = await site.through(proxies['worker-simulator'], upstream.simulator);
  const [health, metrics] = [site.nextPort(), site.nextPort()];
  const config = join(site.folder, `${name}.yaml`);
  const { connections, secrets } = connectionsOf(site.vendors, {
    ...site,
    endpoint: `http://${toSimulator}`,
  });
  await writeFile(config, stringify({ connections }));
  const options = ['--config', config, '--health-port', String(health), '--metrics-port', String(metrics)];
  const place: Place = {
    part: new Part(
      name,
      site.processes,
      () => ({
        name,
        command: [process.execPath, versions.worker, 'worker', ...options],
        env: { ...site.env, ...secrets, ...buildOf(versions.build), TEMPORAL_ADDRESS: toTemporal },
        ...(place.output !== undefined && { output: place.output }),
      }),
      () => answers(`http://${HOST}:${health}/readyz`),
    ),
    proxies,
    metricsUrl: `http://${HOST}:${metrics}/metrics`,
    output: undefined,
  };
  return place;
}

function buildOf(build: string | undefined): NodeJS.ProcessEnv {
  return build === undefined ? {} : { TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, TEMPORAL_WORKER_BUILD_ID: build };
}
