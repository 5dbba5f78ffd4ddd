import {
  CampaignNotFoundError,
  type CampaignHandle,
  type CampaignSummary,
  type Campaigns,
} from '../client/index.js';
import { mayUse, type Caller } from './caller.js';

/** What a campaign's id looks like in a path; of a route, so that a verb can follow it. */
export const CAMPAIGN_PATH = '/v1/campaigns/:id([A-Za-z0-9][A-Za-z0-9._-]{0,79})';

/**
 * A campaign for a caller. To one that is limited to connections, there is none that does not say its connections, or has others.
 * @throws CampaignNotFoundError; without limits it shows with the first call whether there is one.
 */
export async function campaignFor(caller: Caller, campaigns: Campaigns, id: string): Promise<CampaignHandle> {
  const campaign = campaigns.get(id);
  if (caller.connections === undefined || maySee(caller, await campaign.summary())) return campaign;
  throw new CampaignNotFoundError(id);
}

export function maySee(caller: Caller, { connections }: CampaignSummary): boolean {
  if (caller.connections === undefined) return true;
  return connections?.every((name) => mayUse(caller, name)) ?? false;
}
