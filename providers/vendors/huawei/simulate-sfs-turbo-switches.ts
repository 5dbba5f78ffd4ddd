import { z } from 'zod';

export const shareIdSchema = z.uuid();

/** Stands for any code that no document lists. */
export const UNLISTED_CODE = 'SFS.TURBO.SimulatedUnlisted';

/** What the documents of both APIs leave open, one switch each. The default is the reading that is named first. */
export const sfsTurboSwitches = z.object({
  /** Wrong signatures in a row lock the key: https://support.huaweicloud.com/intl/en-us/ocr_faq/ocr_01_0063.html */
  lockout: z.boolean().default(true),
  /** How many do: "more than five" may be meant as the sixth, or loosely as the fifth. */
  badSignaturesToLock: z.literal([5, 6]).default(5),
  /** Where the service's own errors have their code; only `errCode` is documented for it, the others for its neighbours. */
  errorShape: z.enum(['errCode', 'error_code', 'error']).default('errCode'),
  /**
   * What the gateway's own codes begin with: there are tables of both, and neither says for which services it holds.
   * https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html
   * https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0048.html
   */
  gatewayCodes: z.enum(['APIGW', 'APIG']).default('APIGW'),
  /**
   * What too many calls are answered: neither the status of the gateway's code, nor that the service has none of its own, is
   * said of SFS Turbo.
   * https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html
   */
  throttledAs: z
    .enum(['APIGW.0308 429', 'APIGW.0308 403', 'APIGW.0308 503', 'unlisted 429'])
    .default('APIGW.0308 429'),
  /** The status of a create: no page that could be read says it. */
  createStatus: z.union([z.literal(200), z.literal(202)]).default(200),
  /** File systems that do not exist, or are another project's; every other well-formed id exists. */
  missingShares: z.array(shareIdSchema).default([]),
  /** What is answered for those: the vendor's Terraform provider expects the first, the table of errors has both. */
  missingShareAnswer: z.enum(['SFS.TURBO.9000', 'SFS.TURBO.0002']).default('SFS.TURBO.9000'),
  /**
   * Delete of a task that runs. Only for directory usage do the documents say that it is canceled. `forget`: its record is
   * gone at once and the work goes on. `ignore`: 202, and nothing comes of it.
   */
  deleteOfDoing: z
    .enum([
      'accept',
      'forget',
      'ignore',
      'SFS.TURBO.0103',
      'SFS.TURBO.0011',
      'SFS.TURBO.0001',
      'SFS.TURBO.0015',
      'unlisted',
    ])
    .default('accept'),
  /** Delete of a task that is being deleted; `absent`: as if there were none. */
  deleteOfDeleting: z.enum(['accept', 'SFS.TURBO.0011', 'absent']).default('accept'),
  /** What is left of a task that was being deleted when it ended by itself. */
  finishFirstLeaves: z.enum(['record', 'nothing']).default('record'),
  /** How long a task that has ended is shown; null, until it is deleted. After that it is absent like one that was. */
  endedKeptMs: z
    .int()
    .min(0)
    .meta({ examples: [0, 100] })
    .nullable()
    .default(null),
  /** `end_time` of a task that has not ended; `present`: the time of the read. */
  endTimeOfDoing: z.enum(['empty', 'absent', 'null', 'present']).default('empty'),
  /** The order of a list's tasks. */
  listOrder: z.enum(['oldestFirst', 'newestFirst']).default('oldestFirst'),
  /** Whether a list has the tasks that are being deleted. */
  deletingListed: z.boolean().default(true),
  /** Whether reads that are behind (`refreshMs`) are behind in showing that a task is gone, too. */
  cachedAbsence: z.boolean().default(true),
});

export type SfsTurboSwitches = z.output<typeof sfsTurboSwitches>;
