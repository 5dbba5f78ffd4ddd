import { OUTCOME_NAMES, sumOf } from './outcomes.js';
import type { CallCounts, CampaignPhase, CampaignProgress, TargetOutcome } from '../contract/campaign.js';
import { etaMs } from './eta-ms.js';

/** What `campaign status --output json` prints. Stable. */
export interface CampaignStatus {
  readonly id: string;
  readonly phase: CampaignPhase;
  readonly targets: number;
  readonly verdicts: Partial<Record<TargetOutcome, number>>;
  /** Cancel calls, but no more than targets that may have been asked: one that was asked twice may count twice. */
  readonly asked: number;
  readonly calls: CallCounts;
  /** Null when nobody can tell. */
  readonly etaMs: number | null;
}

/** What its progress comes to; `nowMs` in epoch milliseconds. */
export function campaignStatus(progress: CampaignProgress, nowMs: number): CampaignStatus {
  const { id, phase, targets, states, calls } = progress;
  const verdicts = OUTCOME_NAMES.flatMap((name) => (states[name] ? [[name, states[name]] as const] : []));
  const neverAsked = sumOf(states, ['waiting', 'protected', 'left-alone']);
  return {
    id,
    phase,
    targets,
    verdicts: Object.fromEntries(verdicts),
    asked: Math.min(calls.asks, targets - neverAsked),
    calls,
    etaMs: etaMs(progress, nowMs),
  };
}
