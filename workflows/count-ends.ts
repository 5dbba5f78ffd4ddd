import { metricMeter } from '@temporalio/workflow';
import { isOutcome, type StateCounts, type TargetState } from '../contract/campaign.js';
import type { LaneInput } from '../contract/campaign-lane.js';
import type { Verdict } from '../contract/cancellation.js';
import type { TaskRef } from '../contract/task.js';

// A replay counts nothing. A Workflow Task that is tried again may count twice: these are for rates, the histories for proof.

/** The end of a single cancellation; `none` when it failed. */
export function countVerdict(
  { connection, provider }: TaskRef,
  verdict: Verdict | 'none',
  tookMs: number,
): void {
  const labels = { connection, provider, verdict };
  metricMeter.createCounter('quiesce_verdicts', '', 'Single cancellations that have ended.').add(1, labels);
  metricMeter
    .createHistogram(
      'quiesce_cancellation_duration',
      'float',
      'seconds',
      'From the start of a single cancellation to its verdict.',
    )
    .record(Math.max(0, tookMs) / 1_000, labels);
}

/** How the targets of a campaign's lane have ended. */
export function countOutcomes(
  { connection, provider }: Pick<LaneInput, 'connection' | 'provider'>,
  states: StateCounts,
): void {
  const counter = metricMeter.createCounter(
    'quiesce_campaign_outcomes',
    '',
    'Targets of campaigns that have ended; counted when their lane has.',
  );
  for (const [outcome, count] of Object.entries(states))
    // A lane that was discarded leaves its targets as they were.
    if (isOutcome(outcome as TargetState)) counter.add(count, { connection, provider, outcome });
}

/** The end of a callback's delivery, after one try or three days of them. */
export function countDelivery(outcome: 'delivered' | 'given-up'): void {
  metricMeter
    .createCounter('quiesce_callbacks', '', 'Callbacks that were delivered or given up.')
    .add(1, { outcome });
}
