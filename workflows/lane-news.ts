import type { LaneReport } from '../contract/campaign-lane.js';

/**
 * Whether a report tells the campaign anything new. Of a round that has changed nothing it does not hear: in an outage of
 * days, each would add to its history.
 */
export function isNews(report: LaneReport, told: LaneReport | undefined): boolean {
  return told === undefined || newsOf(report) !== newsOf(told);
}

/** What is worth telling anew; not how many looks were in vain. */
function newsOf({ calls: _, held, ...report }: LaneReport): string {
  return JSON.stringify({ ...report, held: held?.code });
}
