import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../processes/start-child.js';
import { usageOf } from '../processes/usage.js';
import type { Stage } from '../stage.js';
import { countCancellations, type Counts } from './count-cancellations.js';
import { SERVICES, type ServiceId } from './services.js';
import type { TriggerInput, TriggerResult } from './trigger-process.js';

export type Load = Pick<TriggerInput, 'perSecond' | 'seconds' | 'bursts' | 'connections'>;

/** What one service made of one load. */
export interface ApiFigures extends Counts {
  readonly service: ServiceId;
  readonly requests: number;
  readonly perSecond: number;
  readonly bursts: boolean;
  /** From when a request was due to the end of its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** How late the bench itself was at most; it is part of the latencies. */
  readonly latestSendMs: number;
  readonly idleRssMb: number;
  readonly peakRssMb: number;
  readonly cpuMsPerRequest: number;
  readonly serverCpuMsPerRequest: number;
}

/** What is begun by a request, and not yet done when it is answered. */
const SETTLES_WITHIN_MS = 1_000;

/** No Worker runs: the Workflows wait in the Task Queue, and only starting them costs. */
export async function measureService(stage: Stage, service: ServiceId, load: Load): Promise<ApiFigures> {
  const { child, ...address } = await SERVICES[service].start(stage);
  const input: TriggerInput = { ...address, ...load, run: randomBytes(4).toString('hex') };
  const triggers = await startChild(new URL('./trigger-process.js', import.meta.url), {
    args: [JSON.stringify(input)],
  });
  const before = { service: usageOf(child.pid), server: usageOf(stage.serverPid) };
  const { requests, latestSendMs } = (await triggers.go()).result as TriggerResult;
  await sleep(SETTLES_WITHIN_MS);
  const after = { service: usageOf(child.pid), server: usageOf(stage.serverPid) };
  await Promise.all([child.stop(), triggers.stop()]);
  const counts = await countCancellations(stage.client, requests);
  const latencies = requests.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other);
  const cpuMsOf = (who: 'service' | 'server') => (after[who].cpuMs - before[who].cpuMs) / requests.length;
  return {
    service,
    requests: requests.length,
    perSecond: load.perSecond,
    bursts: load.bursts,
    ...counts,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    maxMs: quantile(latencies, 1),
    latestSendMs,
    idleRssMb: before.service.rssMb,
    peakRssMb: after.service.peakRssMb,
    cpuMsPerRequest: cpuMsOf('service'),
    serverCpuMsPerRequest: cpuMsOf('server'),
  };
}

/** The smallest value that so large a share of them does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
