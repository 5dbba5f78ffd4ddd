import { z } from 'zod';
import { sfsTurboSwitches } from '../vendors/huawei/simulate-sfs-turbo-switches.js';

/** What the documents of import and export tasks leave open, beside what both APIs leave open. */
export const dataTaskSwitches = sfsTurboSwitches.extend({
  /** The word for a task that is being deleted: older copies of the page do not have DELETING, and it may be canceled first. */
  deletingShown: z.enum(['DELETING', 'DOING', 'FAIL']).default('DELETING'),
  /** The status with which SFS.TURBO.0106 comes: 400 in the vendor's Terraform provider; no page of a read says it. */
  absentStatus: z.union([z.literal(400), z.literal(404)]).default(400),
  /** `count` of a list: "task quantity" may be all tasks or those of the page. */
  count: z.enum(['total', 'page']).default('total'),
  /** How many tasks a list has that says no limit: newer copies of the page say 1000, an older one 20. */
  listDefaultLimit: z.union([z.literal(1000), z.literal(20)]).default(1000),
  /** The largest page of a list, above which its limit is a parameter error: no page names one. */
  largestListLimit: z
    .int()
    .min(1)
    .meta({ examples: [100] })
    .default(1000),
  /** The zone of `start_time` and `end_time`, which do not say it. */
  timeZone: z.enum(['utc', '+08:00']).default('utc'),
  /** How long a token of IAM is good; 24 hours in reality. */
  tokenLifeMs: z
    .number()
    .min(0)
    .default(24 * 60 * 60_000),
});

export type DataTaskSwitches = z.output<typeof dataTaskSwitches>;
