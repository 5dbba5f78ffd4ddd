import { RequestRefusedError } from './errors.js';

const CAMPAIGN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/** @throws RequestRefusedError */
export function checkCampaignId(id: string): void {
  if (CAMPAIGN_ID.test(id)) return;
  throw new RequestRefusedError(
    `"${id.slice(0, 100)}" is no id for a campaign: letters, digits, dots, dashes and underscores, at most 80.`,
  );
}
