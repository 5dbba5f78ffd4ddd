import { z } from 'zod';
import { LEAST_CALLS_PER_SECOND } from '../../contract/campaign.js';

const LONGEST_REASON = 2_000;

const reason = z.string().max(LONGEST_REASON).exactOptional().describe('Why; kept with the campaign.');

/** What a verb is told that needs nothing more. */
export const steeringSchema = z
  .strictObject({ reason })
  .nullish()
  .meta({ description: 'May be left out.', examples: [{ reason: 'the file system is under repair' }] });

export const rateSchema = z
  .strictObject({
    callsPerSecond: z
      .number()
      .min(LEAST_CALLS_PER_SECOND)
      .nullable()
      .describe('Cancel calls on each connection, below what its quota allows; null takes the limit away.'),
    reason,
  })
  .meta({ id: 'CampaignRate', description: 'How fast a campaign may ask.' });
