import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTESTANTS, type ContestantId, type Crew, type Job } from '../contestants.js';
import { cloudQuotasOf } from '../vendor.js';
import type { Child } from '../processes/start-child.js';
import { usageOf } from '../processes/usage.js';
import type { Stage } from '../stage.js';
import type { CrashFindings } from './crash.js';
import { countHistories, type HistoryTotals } from './histories.js';
import { increase, readRequestCounts } from './server-requests.js';
import { countVendorCalls, type VendorCalls } from './vendor-calls.js';

/** One contestant, once. */
export interface RunPlan {
  readonly scenario: string;
  readonly contestant: ContestantId;
  readonly provider: string;
  readonly tasks: number;
  /** How long a task takes to cancel. */
  readonly cancelingMs: number;
  /** Calls of each operation that the cloud allows, and that the config knows of; left out, as the vendor documents. */
  readonly perSecond?: number;
  readonly everyMs?: Job['everyMs'];
  readonly workers?: number;
  /** The same processes cancel so many others before, with which nothing is measured; left out, none. */
  readonly warmUpTasks?: number;
}

/**
 * What one run came to. Megabytes are of 2^20 bytes; CPU time is that of
 * the run alone, of all Workers together; memory is that of the largest Worker since its start. */
export interface Run extends Findings {
  readonly plan: RunPlan;
  readonly wallMs: number;
  readonly vendor: VendorCalls;
  readonly histories: HistoryTotals;
  /** Billable actions: those of the histories, heartbeats and Queries. */
  readonly actions: number;
  readonly serverCpuMs: number;
  readonly simulatorCpuMs: number;
  readonly workerCpuMs: number;
  readonly workerRssMb: number;
  readonly workerPeakRssMb: number;
  readonly clientCpuMs: number;
  readonly clientPeakRssMb: number;
  /** What the driver gave back. */
  readonly result: unknown;
}

/** What only some scenarios look for. */
export interface Findings {
  readonly crash?: CrashFindings;
  /** How long it took to read the report of every target. */
  readonly reportMs?: number;
}

export interface Hooks {
  /** Runs beside the driver. */
  readonly meanwhile?: (crew: Crew) => Promise<void>;
  /** Runs once all is measured, and before its processes end. */
  readonly afterwards?: (run: Run) => Promise<Findings>;
}

/** Every vendor call takes so long at least. */
export const LATENCY_MS = 20;
const RUNNING_MS = 30 * 24 * 60 * 60_000;
/** What the server still does for a run when that is over, such as its visibility records. */
const AFTERMATH_MS = 1_000;

/**
 * Puts tasks into the simulated cloud, has the contestant cancel them, and measures.
 * @throws where not every task was canceled.
 */
export async function measureRun(
  stage: Stage,
  plan: RunPlan,
  { meanwhile, afterwards }: Hooks = {},
): Promise<Run> {
  const { contestant, workers = 1, warmUpTasks = 0, ...rest } = plan;
  const crew = await CONTESTANTS[contestant].enter({ stage, workers, ...rest });
  try {
    if (warmUpTasks > 0) {
      const warmUp = { ...plan, tasks: warmUpTasks };
      await play(stage, warmUp, crew, await seed(stage, warmUp));
    }
    const targets = await seed(stage, plan);
    const before = await readGauges(stage, crew);
    const startedAtMs = Date.now();
    const { wallMs, result, vendor } = await play(stage, plan, crew, targets, meanwhile);
    const after = await readGauges(stage, crew);
    const histories = await countHistories(stage.client, startedAtMs);
    const used = (key: 'serverCpuMs' | 'simulatorCpuMs' | 'workerCpuMs' | 'clientCpuMs') =>
      after[key] - before[key];
    const heartbeats = increase(before.requests, after.requests, 'RecordActivityTaskHeartbeat');
    const queries = increase(before.requests, after.requests, 'QueryWorkflow');
    const run: Run = {
      plan,
      wallMs,
      vendor,
      histories,
      actions: histories.actions + heartbeats + queries,
      serverCpuMs: used('serverCpuMs'),
      simulatorCpuMs: used('simulatorCpuMs'),
      workerCpuMs: used('workerCpuMs'),
      clientCpuMs: used('clientCpuMs'),
      ...memoryOf(crew),
      result,
    };
    return { ...run, ...(await afterwards?.(run)) };
  } finally {
    await Promise.all([crew.driver, ...crew.workers].map((child) => child.stop()));
  }
}

/** Has as many tasks canceled as planned. @throws where not every one was. */
async function play(
  stage: Stage,
  { contestant, provider, tasks }: RunPlan,
  crew: Crew,
  targets: string,
  meanwhile?: Hooks['meanwhile'],
) {
  const [{ wallMs, result }] = await Promise.all([crew.driver.go(targets), meanwhile?.(crew)]);
  await sleep(AFTERMATH_MS);
  const vendor = await countVendorCalls(stage.cloud, provider);
  if (vendor.effects < tasks)
    throw new Error(`${contestant} ended with ${vendor.effects} of ${tasks} tasks canceled.`);
  return { wallMs, result, vendor };
}

async function seed({ cloud, folder }: Stage, plan: RunPlan): Promise<string> {
  await cloud.reset();
  const { provider, perSecond, tasks, cancelingMs } = plan;
  const quotas = cloudQuotasOf(provider, perSecond);
  await cloud.settings({ provider, latencyMs: LATENCY_MS, ...(quotas !== undefined && { quotas }) });
  const delays = { waitingMs: 0, runningMs: RUNNING_MS, cancelingMs };
  const seeded = await cloud.seed({ provider, count: tasks, state: 'running', delays });
  const path = join(folder, `${randomUUID()}.ndjson`);
  await writeFile(path, seeded.map(({ ids }) => `${JSON.stringify(ids)}\n`).join(''));
  return path;
}

/** What has been used up to now. */
async function readGauges(stage: Stage, { driver, workers }: Crew) {
  return {
    serverCpuMs: usageOf(stage.serverPid).cpuMs,
    simulatorCpuMs: usageOf(stage.simulatorPid).cpuMs,
    clientCpuMs: usageOf(driver.pid).cpuMs,
    workerCpuMs: living(workers).reduce((total, { pid }) => total + usageOf(pid).cpuMs, 0),
    requests: await readRequestCounts(stage.metricsUrl, stage.namespace),
  };
}

function memoryOf({ driver, workers }: Crew) {
  const each = living(workers).map(({ pid }) => usageOf(pid));
  return {
    clientPeakRssMb: usageOf(driver.pid).peakRssMb,
    workerRssMb: Math.max(0, ...each.map(({ rssMb }) => rssMb)),
    workerPeakRssMb: Math.max(0, ...each.map(({ peakRssMb }) => peakRssMb)),
  };
}

/** A Worker that was killed is counted by nobody. */
function living(workers: readonly Child[]): Child[] {
  return workers.filter(({ isAlive }) => isAlive());
}
