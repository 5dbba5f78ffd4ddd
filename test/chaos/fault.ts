import type { Load } from './load.js';
import type { Strike } from './plan.js';
import type { Rig } from './rig.js';
import type { Vendor } from './vendors.js';

export interface Fault {
  /** What it is, for the docs and for whoever reads a failure. */
  readonly what: string;
  readonly lastsMs: readonly [least: number, most: number];
  /** Whether it strikes one Worker. Left out: it has nothing to do with them. */
  readonly ofOneWorker?: 'always' | 'or all';
  /** So many Workers there are at least. Left out: one is enough. */
  readonly leastWorkers?: number;
  /** A share of the asks: it is scripted in the clouds, each of which has to meet all of it yet. Left out: it may strike after the last, too. */
  readonly strikesUpTo?: number;
  /** It may cut off an attempt that has asked and not told of it yet: one that is killed or stands still, or whose link breaks. */
  readonly cutsOff?: true;
  /** It needs Temporal to be on it. */
  readonly ofPostgresql?: true;
  /** Begins it; what this answers ends it. */
  readonly begin: (stage: Stage, strike: Strike) => Promise<() => Promise<unknown>>;
}

export interface Stage {
  readonly rig: Rig;
  readonly vendors: readonly Vendor[];
  readonly load: Load;
  /** Aborted when all that was triggered has ended. */
  readonly isOver: AbortSignal;
}
