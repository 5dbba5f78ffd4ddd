import type { CampaignSchedules } from '../../client/campaign-schedules.js';
import { withQuiesce } from '../with-quiesce.js';

/** As {@link withQuiesce}, for what recurs. */
export function withSchedules<T>(work: (schedules: CampaignSchedules) => Promise<T>): Promise<T> {
  return withQuiesce(({ campaigns }) => work(campaigns.schedules));
}
