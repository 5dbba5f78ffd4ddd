import type { CampaignSchedules } from '../../client/campaign-schedules.js';
import { withQuiesce } from '../with-quiesce.js';

/** As {@link withQuiesce}, for what recurs. */
export function withSchedules<T>(work: (schedules: CampaignSchedules) => Promise<T>): Promise<T> {
  return withQuiesce(async ({ client }) => {
    const { CampaignSchedules: Schedules } = await import('../../client/campaign-schedules.js');
    return work(new Schedules(client));
  });
}
