import { faultNamesOn, FAULTS, type FaultName } from './faults.js';
import { Random } from './random.js';
import type { DatabaseName } from './temporal-server.js';
import { drawReadings, type Readings } from './vendors.js';

/** One fault: when it begins, how long it lasts, and whom it strikes. */
export interface Strike {
  readonly fault: FaultName;
  /** When the clouds have met so many cancel calls: the same moment of the story on every machine. Where there are not so many: after the last. */
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
  /** What the clouds do where documents leave it open. */
  readonly readings: Readings;
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
/** Of the targets. Below 0: at the trigger. What is more than are asked: after the last of them, while their ends are proven. */
const STRUCK_FROM = -0.1;
const STRUCK_UP_TO = 1.1;
/** Of the targets: others end before anybody has asked. */
const SURELY_ASKED = 0.9;
const ALL_WORKERS_SHARE = 0.3;

export function planOf({ seed, targets, database, faults }: PlanOptions): Plan {
  const random = new Random(seed);
  const drawn = random.between(1, MOST_WORKERS);
  const chosen = faults ?? random.sample(faultNamesOn(database), random.between(...COMBINED));
  const workers = Math.max(drawn, ...chosen.map((fault) => FAULTS[fault].leastWorkers ?? 1));
  const strikes = chosen.map((fault): Strike => {
    const { lastsMs, ofOneWorker, strikesUpTo = STRUCK_UP_TO } = FAULTS[fault];
    const share = STRUCK_FROM + random.share() * (strikesUpTo - STRUCK_FROM);
    const afterAsks = Math.max(0, Math.round(targets * share));
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
  return { seed, database, workers, targets, readings: drawReadings(random), strikes };
}

/** By so many asks, others may come or not. */
export function surelyAsked({ targets }: Pick<Plan, 'targets'>): number {
  return targets * SURELY_ASKED;
}

export function tellStrike({ fault, afterAsks, forMs, place }: Strike): string {
  const whom = place === undefined ? '' : ` (Worker ${place + 1})`;
  return `${fault}${whom} after ${afterAsks} asks or the last, for ${(forMs / 1_000).toFixed(1)} s`;
}
