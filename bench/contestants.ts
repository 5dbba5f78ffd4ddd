import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { workerEnvironment } from '../cli/stack/simulated-config.js';
import { startChild, type Child } from './processes/start-child.js';
import type { Stage } from './stage.js';
import { definitionOf, quotasOf, type VendorInput } from './vendor.js';

/** Who cancels the tasks of a run. */
export interface Contestant {
  readonly title: string;
  /** Starts its Workers, if it has any. */
  readonly enter: (job: Job) => Promise<Crew>;
}

export interface Job {
  readonly stage: Stage;
  readonly provider: string;
  /** How often an open task is looked at; left out, Quiesce goes by the provider's own pacing. */
  readonly everyMs?: number | undefined;
  /** The quota of each operation; left out, those that the vendor documents. */
  readonly perSecond?: number | undefined;
  readonly workers: number;
}

/** What cancels tasks. */
export interface Crew {
  /** Has a list's tasks canceled each time it is told to go, and is done when every one was seen canceled. */
  readonly driver: Child;
  readonly workers: readonly Child[];
  /** One more like them; left out where there are none. */
  readonly startWorker?: () => Promise<Child>;
}

const beside = (script: string) => new URL(script, import.meta.url);
/** What peers look at open tasks by. */
const PEERS_LOOK_EVERY_MS = 1_000;

export const CONTESTANTS = {
  floor: { title: 'plain script, batches, no durability', enter: plainScript('floor') },
  quiesce: { title: 'Quiesce', enter: quiesce },
  slots: { title: 'plain script, 50 slots', enter: plainScript('slots') },
  perTask: { title: 'Workflow per task', enter: onTemporal('perTask') },
  slidingWindow: { title: 'sliding window of Workflows', enter: onTemporal('slidingWindow') },
} as const satisfies Record<string, Contestant>;

export type ContestantId = keyof typeof CONTESTANTS;

function plainScript(script: 'slots' | 'floor'): Contestant['enter'] {
  return async (job) => {
    const input = { ...vendorInput(job), script, everyMs: job.everyMs ?? PEERS_LOOK_EVERY_MS };
    const driver = await startChild(beside('./peers/plain-script-process.js'), {
      args: [JSON.stringify(input)],
    });
    return { driver, workers: [] };
  };
}

function onTemporal(design: 'perTask' | 'slidingWindow'): Contestant['enter'] {
  return async (job) => {
    const { address } = job.stage;
    const taskQueue = `${design}-${randomUUID()}`;
    const worker = JSON.stringify({ ...vendorInput(job), address, taskQueue });
    const startWorker = () => startChild(beside('./peers/worker-process.js'), { args: [worker] });
    const startDriver = () =>
      startChild(beside('./peers/client-process.js'), {
        args: [JSON.stringify({ design, address, taskQueue })],
      });
    return withWorkers(job.workers, startWorker, startDriver);
  };
}

/** A campaign, through the client that everybody uses, and `quiesce worker` as everybody runs it. */
async function quiesce(job: Job): Promise<Crew> {
  const { stage, provider: id, everyMs, perSecond } = job;
  const provider = definitionOf(id);
  const connection = provider.simulatedConnection(stage.simulator);
  const quotas = Object.entries(quotasOf(id, perSecond) ?? {}).map(([operation, { calls, perMs }]) => [
    operation,
    { calls, per: `${perMs}ms` },
  ]);
  const config = {
    connections: {
      [connection.name]: {
        provider: id,
        ...connection.settings,
        ...(everyMs !== undefined && { pollEvery: `${everyMs}ms` }),
        quotas: Object.fromEntries(quotas),
      },
    },
  };
  const configPath = join(stage.folder, `${randomUUID()}.yaml`);
  await writeFile(configPath, stringify(config));
  const env = await workerEnvironment(process.env, stage.folder, {
    ...stage,
    parts: [{ provider, connection }],
  });
  // As its first line starts it for everybody; by Node itself, it can be profiled.
  const asCommand = { ...env, MALLOC_ARENA_MAX: '2' };
  const startWorker = () =>
    startChild(beside('../../bin/quiesce.js'), { args: ['worker', '--config', configPath], env: asCommand });
  const input = { address: stage.address, provider: id, connection: connection.name };
  const startDriver = () =>
    startChild(beside('./quiesce/campaign-process.js'), { args: [JSON.stringify(input)] });
  return withWorkers(job.workers, startWorker, startDriver);
}

async function withWorkers(
  count: number,
  start: () => Promise<Child>,
  startDriver: () => Promise<Child>,
): Promise<Crew> {
  const workers = await Promise.all(Array.from({ length: count }, start));
  const startWorker = async () => {
    const worker = await start();
    workers.push(worker);
    return worker;
  };
  return { driver: await startDriver(), workers, startWorker };
}

function vendorInput({ provider, stage }: Job): VendorInput {
  return { provider, simulator: stage.simulator };
}
