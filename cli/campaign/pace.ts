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
 *
 * While targets wait, the pace is that of the asks: ends follow them at a distance, and at first there are none.
 */
export function etaMs(progress: CampaignProgress, nowMs: number, pace?: Pace): number | null {
  const { phase, states, targets } = progress;
  if (phase === 'ended') return 0;
  if (!MOVING.includes(phase)) return null;
  const waiting = states.waiting ?? 0;
  const { asks, ends } = pace ?? paceSinceStart(progress, nowMs);
  const perSecond = waiting > 0 ? asks : ends;
  if (perSecond > 0) return Math.round(((targets - endedOf(states)) / perSecond) * 1_000);
  return waiting > 0 ? plannedMs(progress) : null;
}

function paceSinceStart({ startedAtMs, calls, states, targets }: CampaignProgress, nowMs: number): Pace {
  const seconds = (nowMs - (startedAtMs ?? nowMs)) / 1_000;
  if (seconds <= 0) return { asks: 0, ends: 0 };
  const ended = endedOf(states);
  return { asks: calls.asks / seconds, ends: ended < targets * SHARE_THAT_TELLS ? 0 : ended / seconds };
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
