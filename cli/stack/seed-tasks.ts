import { SimulatorControl } from '../../simulator/control-client.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import type { SimulatedPart } from './simulated-config.js';

/** A task in a simulated cloud, and what is worth knowing about it. */
export interface SeededTask {
  readonly provider: string;
  readonly connection: string;
  readonly ids: Readonly<Record<string, string>>;
  /** The vendor's word for its state. */
  readonly word: string;
  readonly story: string;
}

const DAY_MS = 24 * 60 * 60_000;
const DELAYS = { waitingMs: DAY_MS, runningMs: DAY_MS, cancelingMs: 3_000 };

/** One task for each way a cancellation can go; the first is the plain one. */
const SEEDS: readonly { readonly story: string; readonly seed: Omit<SeedRequest, 'provider'> }[] = [
  { story: 'runs, and is canceled when asked', seed: { state: 'running' } },
  { story: 'has not begun, and is canceled when asked', seed: { state: 'waiting' } },
  {
    story: 'runs, and finishes before a cancel takes effect',
    seed: { state: 'running', onCancel: 'finishFirst' },
  },
  { story: 'runs, and the vendor refuses to cancel it', seed: { state: 'running', onCancel: 'unsupported' } },
  { story: 'runs, and never gets past canceling', seed: { state: 'running', onCancel: 'stuckCanceling' } },
  { story: 'has finished', seed: { state: 'completed' } },
  { story: 'has failed', seed: { state: 'failed' } },
];

/** Puts a few tasks into each simulated cloud. */
export async function seedTasks(endpoint: string, parts: readonly SimulatedPart[]): Promise<SeededTask[]> {
  const control = new SimulatorControl(endpoint);
  const seeded: SeededTask[] = [];
  for (const { provider, connection } of parts) {
    for (const { story, seed } of SEEDS) {
      const [task] = await control.seed({ provider: provider.id, delays: DELAYS, ...seed });
      if (task === undefined) continue;
      const [truth] = await control.tasks({ provider: provider.id, id: task.id });
      seeded.push({
        provider: provider.id,
        connection: connection.name,
        ids: task.ids,
        word: truth?.word ?? '',
        story,
      });
    }
  }
  return seeded;
}
