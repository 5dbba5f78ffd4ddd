import { faultNamesOn } from './faults.js';
import type { PlanOptions } from './plan.js';
import { POSTGRESQL_SET, SHORT_SET } from './short-set.js';

export interface ScheduleOptions {
  readonly targets: PlanOptions['targets'];
  readonly database: PlanOptions['database'];
  /** Days since 1970: what comes after the short set begins elsewhere on each. */
  readonly day: number;
  /** Combinations are played on PostgreSQL, too. */
  readonly alsoOnPostgresql: boolean;
}

/** More than are played in a day. */
const SEEDS_OF_A_DAY = 1_000;

/** What CI plays, on each day the same; on PostgreSQL, which is slower, only what needs it. */
export function shortScenarios({
  targets,
  database,
}: Pick<ScheduleOptions, 'targets' | 'database'>): PlanOptions[] {
  const groups = database === 'postgresql' ? POSTGRESQL_SET : SHORT_SET;
  return groups.map((group) => ({ ...group, targets, database }));
}

/** One fault alone and a combination that a seed picks, in turns; on PostgreSQL, what CI plays without it comes before them. When each fault has had its turn, they begin anew. */
export function* furtherScenarios({
  targets,
  database,
  day,
  alsoOnPostgresql,
}: ScheduleOptions): Generator<PlanOptions, never> {
  if (database === 'postgresql') for (const group of SHORT_SET) yield { ...group, targets, database };
  const faults = faultNamesOn(database);
  for (let turn = 0; ; turn++) {
    const fault = faults[(day + turn) % faults.length] as (typeof faults)[number];
    const seed = day * SEEDS_OF_A_DAY + turn;
    // Not one seed for all: they would be struck at one moment, with seed 1 at the trigger, before anything was asked.
    yield { seed: 1 + turn, faults: [fault], targets, database };
    yield { seed, targets, database };
    if (alsoOnPostgresql) yield { seed, targets, database: 'postgresql' };
  }
}

/** Ends a run in time: no scenario is begun that, if it took as long as the longest so far, would not be over by then. */
export class Budget {
  #longestMs = 0;

  /** @param endsAtMs by the same clock as what {@link allows} and {@link spend} are told; left out: there is no end. */
  constructor(private readonly endsAtMs = Infinity) {}

  allows(nowMs: number): boolean {
    return nowMs + this.#longestMs <= this.endsAtMs;
  }

  /** Whole milliseconds, as timers want them; Infinity where there is no end. */
  leftMs(nowMs: number): number {
    return Math.floor(this.endsAtMs - nowMs);
  }

  spend(fromMs: number, toMs: number): void {
    this.#longestMs = Math.max(this.#longestMs, toMs - fromMs);
  }
}
