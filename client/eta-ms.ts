import { endedOf } from './outcomes.js';
import type { CampaignProgress, CampaignPhase } from '../contract/campaign.js';

/** Fewer have ended: the time since the start then says more about the first of them than about the rest. */
const SHARE_THAT_TELLS = 0.05;

const MOVING: readonly CampaignPhase[] = ['running', 'proving', 'stopping'];

/**
 * In how many milliseconds the campaign will have ended at the pace it has gone so far, else as its plan says; null when
 * neither tells, while it does not go on by itself, and while every connection that has targets to ask is held. For one look: who looks again and again can measure better.
 *
 * While targets wait, the pace is that of the asks: ends follow them at a distance, and at first there are none.
 */
export function etaMs(progress: CampaignProgress, nowMs: number): number | null {
  const { phase, states, targets } = progress;
  if (phase === 'ended') return 0;
  if (!MOVING.includes(phase)) return null;
  const waiting = states.waiting ?? 0;
  const behind = progress.connections.filter((each) => (each.states.waiting ?? 0) > 0);
  if (behind.length > 0 && behind.every(({ held }) => held !== undefined)) return null;
  const { asks, ends } = paceSinceStart(progress, nowMs);
  const perSecond = waiting > 0 ? asks : ends;
  if (perSecond > 0) return Math.round(((targets - endedOf(states)) / perSecond) * 1_000);
  return waiting > 0 ? plannedMs(progress) : null;
}

/** Per second. */
function paceSinceStart({ startedAtMs, calls, states, targets }: CampaignProgress, nowMs: number) {
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
