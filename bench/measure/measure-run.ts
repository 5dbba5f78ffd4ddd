import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTESTANTS, type ContestantId, type Entered, type Job } from '../contestants.js';
import { quotasOf } from '../vendor.js';
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
}

/** What one run came to. Megabytes are of 2^20 bytes; several Workers count as their sum, and their memory as the largest. */
export interface Run extends Findings {
  readonly plan: RunPlan;
  readonly wallMs: number;
  readonly startedAtMs: number;
  readonly vendor: VendorCalls;
  readonly histories: HistoryTotals;
  /** Billable actions: those of the histories, heartbeats and Queries. */
  readonly actions: number;
  readonly heartbeats: number;
  readonly serverCpuMs: number;
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
  readonly meanwhile?: (entered: Entered) => Promise<void>;
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
  const targets = await seed(stage, plan);
  const { contestant, workers = 1, ...rest } = plan;
  const entered = await CONTESTANTS[contestant].enter({ stage, targets, workers, ...rest });
  try {
    const serverBefore = usageOf(stage.serverPid);
    const requestsBefore = await readRequestCounts(stage.metricsUrl, stage.namespace);
    const startedAtMs = Date.now();
    const [{ wallMs, result }] = await Promise.all([entered.driver.go(), meanwhile?.(entered)]);
    await sleep(AFTERMATH_MS);
    const serverCpuMs = usageOf(stage.serverPid).cpuMs - serverBefore.cpuMs;
    const requestsAfter = await readRequestCounts(stage.metricsUrl, stage.namespace);
    const processes = usages(entered);
    const vendor = await countVendorCalls(stage.cloud, plan.provider);
    if (vendor.effects < plan.tasks)
      throw new Error(
        `${contestant} ended, but only ${vendor.effects} of ${plan.tasks} tasks were canceled.`,
      );
    const histories = await countHistories(stage.client, startedAtMs);
    const heartbeats = increase(requestsBefore, requestsAfter, 'RecordActivityTaskHeartbeat');
    const queries = increase(requestsBefore, requestsAfter, 'QueryWorkflow');
    const actions = histories.actions + heartbeats + queries;
    const run: Run = {
      plan,
      wallMs,
      startedAtMs,
      vendor,
      histories,
      actions,
      heartbeats,
      serverCpuMs,
      ...processes,
      result,
    };
    return { ...run, ...(await afterwards?.(run)) };
  } finally {
    await Promise.all([entered.driver, ...entered.workers].map((child) => child.stop()));
  }
}

async function seed({ cloud, folder }: Stage, plan: RunPlan): Promise<string> {
  await cloud.reset();
  const { provider, perSecond, tasks, cancelingMs } = plan;
  const quotas = quotasOf(provider, perSecond, (calls) => ({ calls, perMs: 1_000 }));
  await cloud.settings({ provider, latencyMs: LATENCY_MS, ...(quotas !== undefined && { quotas }) });
  const delays = { waitingMs: 0, runningMs: RUNNING_MS, cancelingMs };
  const seeded = await cloud.seed({ provider, count: tasks, state: 'running', delays });
  const path = join(folder, `${randomUUID()}.ndjson`);
  await writeFile(path, seeded.map(({ ids }) => `${JSON.stringify(ids)}\n`).join(''));
  return path;
}

/** Of those that still run: a Worker that was killed is counted by nobody. */
function usages({ driver, workers }: Entered) {
  const client = usageOf(driver.pid);
  const each = workers.flatMap(({ pid }) => (isAlive(pid) ? [usageOf(pid)] : []));
  return {
    clientCpuMs: client.cpuMs,
    clientPeakRssMb: client.peakRssMb,
    workerCpuMs: each.reduce((total, { cpuMs }) => total + cpuMs, 0),
    workerRssMb: Math.max(0, ...each.map(({ rssMb }) => rssMb)),
    workerPeakRssMb: Math.max(0, ...each.map(({ peakRssMb }) => peakRssMb)),
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
