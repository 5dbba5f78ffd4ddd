import { isOutcome, type StateCounts, type TargetState } from '../contract/campaign.js';
import type { LiveProgress } from './campaign-types.js';

/** Long enough to even out batches, short enough to show that the pace has changed. */
const WINDOW_MS = 60_000;
/** Two looks that are closer together tell nothing of a pace. */
const SHORTEST_MS = 1_000;

/** Where a campaign's targets are, in all. */
export interface Totals {
  /** Not asked yet. */
  readonly waiting: number;
  /** Asked, and not proven yet. */
  readonly onTheWay: number;
  readonly ended: number;
}

/** How fast a campaign goes; null: not known. */
export interface CampaignPace {
  /** Cancel calls, over the last minute. */
  readonly asksPerSecond: number | null;
  /** Until all have ended, at the pace at which they are asked now, or end, once all have been asked. */
  readonly etaMs: number | null;
}

/** Adds states up; the three add up to the number of targets. */
export function totalsOf(states: StateCounts): Totals {
  const totals = { waiting: 0, onTheWay: 0, ended: 0 };
  for (const [state, count] of Object.entries(states) as [TargetState, number][])
    totals[state === 'waiting' ? 'waiting' : isOutcome(state) ? 'ended' : 'onTheWay'] += count;
  return totals;
}

/** Measures how fast a campaign goes from what is seen of it, one live progress after the other. */
export class CampaignPaceMeter {
  #seen: { readonly atMs: number; readonly asks: number; readonly totals: Totals }[] = [];

  /** Takes in what is seen now. */
  measure({ atMs, calls, states, phase, noWorker }: LiveProgress): CampaignPace {
    if (phase === 'ended') return { asksPerSecond: null, etaMs: 0 };
    const now = { atMs, asks: calls.asks, totals: totalsOf(states) };
    if (noWorker !== true) this.#seen.push(now);
    // The oldest that is kept is the last before the window: from there it is measured.
    while ((this.#seen[1]?.atMs ?? atMs) <= atMs - WINDOW_MS) this.#seen.shift();
    const [first] = this.#seen;
    const lastedMs = first === undefined ? 0 : atMs - first.atMs;
    if (first === undefined || lastedMs < SHORTEST_MS) return { asksPerSecond: null, etaMs: null };
    const perMs = (before: number, after: number) => Math.max(0, after - before) / lastedMs;
    const isGoing = phase === 'running' || phase === 'stopping' || phase === 'proving';
    return {
      asksPerSecond: perMs(first.asks, now.asks) * 1_000,
      etaMs: isGoing
        ? etaMs(now.totals, {
            leaves: perMs(now.totals.waiting, first.totals.waiting),
            ends: perMs(first.totals.ended, now.totals.ended),
          })
        : null,
    };
  }
}

/** @param perMs how many targets leave the waiting ones, and how many end. */
function etaMs(
  { waiting, onTheWay }: Totals,
  perMs: { readonly leaves: number; readonly ends: number },
): number | null {
  // While targets wait, they end as fast as they are asked, only later: the few ends of the beginning tell nothing.
  const pace = waiting > 0 ? perMs.leaves : perMs.ends;
  if (waiting + onTheWay === 0) return 0;
  return pace === 0 ? null : Math.round((waiting + onTheWay) / pace);
}
