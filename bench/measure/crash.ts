import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalCall } from '../../simulator/journal.js';
import type { Stage } from '../stage.js';
import type { Hooks, RunPlan } from './measure-run.js';

/** What the vendor saw of a Worker's sudden end. */
export interface CrashFindings {
  /** From the start of the new Worker's process to its first cancel call. */
  readonly goesOnAfterMs: number;
  /** Tasks that were asked again though the vendor had answered before the Worker was killed. */
  readonly askedAgain: number;
}

const LOOK_EVERY_MS = 20;
/** What a dead process had sent is answered and in the journal by then, and no new one has started yet. */
const LAST_CALLS_MS = 200;
/** Older than the simulator's clock and ours can differ by rounding, and than an answer is on its way. */
const ANSWERED_BEFORE_MS = 50;

/** Hooks that SIGKILL the Workers of a run when half of its calls were made, and start another at once. */
export function killInTheMiddle({ cloud }: Stage, { tasks, provider }: RunPlan): Hooks {
  let killedAtMs = 0;
  return {
    async meanwhile({ workers, startWorker }) {
      while ((await cloud.calls({ after: Math.floor(tasks / 2), limit: 1 })).length === 0)
        await sleep(LOOK_EVERY_MS);
      await Promise.all(workers.map((worker) => worker.kill()));
      killedAtMs = Date.now();
      await startWorker?.();
    },
    async afterwards() {
      const calls = await cloud.calls({ provider, limit: 100_000 });
      return {
        crash: findings(
          calls.filter(({ operation }) => operation.startsWith('Cancel')),
          killedAtMs,
        ),
      };
    },
  };
}

function findings(asks: readonly JournalCall[], killedAtMs: number): CrashFindings {
  const atMs = ({ at }: JournalCall) => Date.parse(at);
  const before = asks.filter((call) => atMs(call) < killedAtMs - ANSWERED_BEFORE_MS);
  const after = asks.filter((call) => atMs(call) > killedAtMs + LAST_CALLS_MS);
  const answered = new Set(before.flatMap(({ taskIds }) => taskIds));
  const [first] = after;
  return {
    goesOnAfterMs: first === undefined ? Infinity : atMs(first) - killedAtMs,
    askedAgain: after.filter(({ taskIds }) => taskIds.some((id) => answered.has(id))).length,
  };
}
