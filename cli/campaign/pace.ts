import type { CampaignProgress, CampaignPhase } from '../../contract/campaign.js';
import { endedOf } from './outcomes.js';

/** Long enough to even out batches, short enough to show that the pace has changed. */
const WINDOW_MS = 30_000;
/** Fewer have ended: the time since the start then says more about the first of them than about the rest. */
const SHARE_THAT_TELLS = 0.05;

const MOVING: readonly CampaignPhase[] = ['running', 'proving', 'stopping'];

/** Per second, over the last half minute. */
export interface Pace {
  readonly asks: number;
  readonly ends: number;
}

/** Measures how fast a campaign goes from what is seen of it. */
export class PaceMeter {
  #seen: { readonly atMs: number; readonly asks: number; readonly ends: number }[] = [];

  /** Takes in what is seen now; tells nothing until two looks lie a second apart. */
  measure({ calls, states }: CampaignProgress, nowMs: number): Pace | undefined {
    this.#seen.push({ atMs: nowMs, asks: calls.asks, ends: endedOf(states) });
    // The oldest that is kept is the last one before the window: it is what the window is measured from.
    while ((this.#seen[1]?.atMs ?? nowMs) <= nowMs - WINDOW_MS) this.#seen.shift();
    const [first] = this.#seen;
    const seconds = first === undefined ? 0 : (nowMs - first.atMs) / 1_000;
    if (first === undefined || seconds < 1) return undefined;
    return { asks: (calls.asks - first.asks) / seconds, ends: (endedOf(states) - first.ends) / seconds };
  }
}

/**
 * In how many milliseconds the campaign will have ended at the pace it goes, else as its plan says; null when neither
 * tells, and while it does not go on by itself.
 */
export function etaMs(progress: CampaignProgress, nowMs: number, pace?: Pace): number | null {
  if (progress.phase === 'ended') return 0;
  if (!MOVING.includes(progress.phase)) return null;
  const ended = endedOf(progress.states);
  const left = progress.targets - ended;
  if (pace !== undefined && pace.ends > 0) return Math.round((left / pace.ends) * 1_000);
  const sinceMs = nowMs - (progress.startedAtMs ?? nowMs);
  if (ended > 0 && ended >= progress.targets * SHARE_THAT_TELLS) return Math.round((left * sinceMs) / ended);
  return plannedMs(progress);
}

/** What is left of the longest connection's part at its quota: they work side by side. */
function plannedMs({ plan, connections, callsPerSecond }: CampaignProgress): number | null {
  const parts = connections.flatMap(({ connection, states }) => {
    const waiting = states.waiting ?? 0;
    const estimate = plan?.estimates.find((each) => each.connection === connection);
    const paced = callsPerSecond === undefined ? [] : [(waiting / callsPerSecond) * 1_000];
    if (estimate?.durationMs === undefined || estimate.asks === 0) return paced;
    return [...paced, estimate.durationMs * Math.min(1, waiting / estimate.asks)];
  });
  return parts.length === 0 ? null : Math.round(Math.max(...parts));
}
