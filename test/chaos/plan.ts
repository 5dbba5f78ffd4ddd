import { faultNamesOn, FAULTS, type FaultName } from './faults.js';
import { Random } from './random.js';
import type { DatabaseName } from './temporal-server.js';

/** One fault: when it begins, how long it lasts, and whom it strikes. */
export interface Strike {
  readonly fault: FaultName;
  /** When the clouds have met so many cancel calls: the same moment of the story on every machine. */
  readonly afterAsks: number;
  readonly forMs: number;
  /** Of a Worker that is struck alone; left out: all are. */
  readonly place?: number;
}

/** All that is left to chance, settled beforehand: a seed is always the same plan. */
export interface Plan {
  readonly seed: number;
  readonly database: DatabaseName;
  readonly workers: number;
  readonly targets: number;
  readonly strikes: readonly Strike[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly targets: number;
  readonly database: DatabaseName;
  /** Left out: the seed picks them, too. */
  readonly faults?: readonly FaultName[];
}

const MOST_WORKERS = 3;
const COMBINED = [2, 4] as const;
/** Of the targets: by the last of them, much is still to be asked. */
const STRUCK_BETWEEN = [0.02, 0.6] as const;
const ALL_WORKERS_SHARE = 0.3;

export function planOf({ seed, targets, database, faults }: PlanOptions): Plan {
  const random = new Random(seed);
  const workers = random.between(1, MOST_WORKERS);
  const chosen = faults ?? random.sample(faultNamesOn(database), random.between(...COMBINED));
  const strikes = chosen.map((fault): Strike => {
    const { lastsMs, ofOneWorker } = FAULTS[fault];
    const [from, to] = STRUCK_BETWEEN;
    const afterAsks = Math.round(targets * (from + random.share() * (to - from)));
    const forMs = random.between(...lastsMs);
    const place = random.between(0, workers - 1);
    const strikesAll = random.share() < ALL_WORKERS_SHARE;
    return {
      fault,
      afterAsks,
      forMs,
      ...(ofOneWorker === 'always' || (ofOneWorker === 'or all' && !strikesAll) ? { place } : {}),
    };
  });
  strikes.sort((one, other) => one.afterAsks - other.afterAsks);
  return { seed, database, workers, targets, strikes };
}

export function tellStrike({ fault, afterAsks, forMs, place }: Strike): string {
  const whom = place === undefined ? '' : ` (Worker ${place + 1})`;
  return `${fault}${whom} after ${afterAsks} asks, for ${(forMs / 1_000).toFixed(1)} s`;
}
