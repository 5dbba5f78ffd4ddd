import { getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import type { LaneReport } from '../contract/campaign-lane.js';
import { campaignWorkflowId, LANE_REPORT_SIGNAL } from '../contract/names.js';
import { hasEnded, toReport, type Lane } from './lane.js';
import { rethrowUnlessCancelled } from './rethrow-unless-cancelled.js';

/** Tells the campaign how far its lane is, one report after the other, while the lane goes on. */
export class LaneNews {
  #isTelling = false;
  #told: Promise<void> = Promise.resolve();

  constructor(private readonly lane: Lane) {}

  /** What is under way is told first; then what is news by then. */
  tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#told = this.#tellAll().catch(rethrowUnlessCancelled);
  }

  /** When the campaign has heard all, or could not. */
  async told(): Promise<void> {
    while (this.#isTelling) await this.#told;
  }

  async #tellAll(): Promise<void> {
    try {
      for (let report = this.#news(); report !== undefined; report = this.#news()) await this.#send(report);
    } finally {
      this.#isTelling = false;
    }
  }

  /** It hears of the end by the result, and of the rest too when it cannot be told. */
  #news(): LaneReport | undefined {
    const { lane } = this;
    if (hasEnded(lane) || lane.orders === undefined) return undefined;
    const report = toReport(lane);
    if (!isNews(report, lane.reported)) return undefined;
    lane.problems = [];
    lane.reported = report;
    return report;
  }

  async #send(report: LaneReport): Promise<void> {
    const campaign = getExternalWorkflowHandle(campaignWorkflowId(this.lane.input.campaign));
    try {
      await campaign.signal<[LaneReport]>(LANE_REPORT_SIGNAL, report);
    } catch (thrown) {
      if (isCancellation(thrown)) throw thrown;
      // Told again at once, each try would be an event more.
      log.warn('The campaign did not hear how far its lane is.', { reason: String(thrown) });
    }
  }
}

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
