import { ENDS, unsettledOf } from '../../client/outcomes.js';
import type { CampaignEnd, StateCounts } from '../../contract/campaign.js';
import { EXIT } from '../exit-codes.js';

/** What a command that waited for a campaign's end ends with. */
export function exitCodeOfCampaign(end: CampaignEnd, counts: StateCounts): number {
  if (!ENDS[end].begun) return EXIT.campaignNotBegun;
  return unsettledOf(counts) > 0 ? EXIT.campaignIncomplete : EXIT.ok;
}
