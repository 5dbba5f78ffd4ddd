import { z } from 'zod';
import { gatewaySwitches } from '../vendors/alibaba/simulate-gateway.js';

/** Stands for any code that no document lists. */
export const UNLISTED_CODE = 'SimulatedUnlistedCode';

/**
 * What a cancel answers that can have no effect: success; an error of Domain's list; or one that no document lists.
 * https://www.alibabacloud.com/help/en/dws/developer-reference/api-domain-2018-01-29-canceltask names none.
 */
const answerToCancel = z.enum(['accept', 'ParameterIllegal', 'unlisted']);

/** What Domain's documents leave open, one switch each. The default is the reading that is named first. */
export const domainSwitches = z.object({
  ...gatewaySwitches,
  /** CancelTask's success: its page shows `{code, data, name, message, url}` in one edition, `{RequestId}` in the others. */
  successBody: z.enum(['requestId', 'envelope']).default('requestId'),
  /** `TaskStatus` of a task that is cancelled; only its `TaskCancelStatus` is documented. */
  taskStatusOnceCanceled: z.enum(['COMPLETE', 'EXECUTING', 'WAITING_EXECUTE']).default('COMPLETE'),
  /** `TaskCancelStatus` of a task that finished although its cancel was accepted. */
  cancelStatusOfFinished: z.enum(['INIT', 'CANCELLING', 'COMPLETE']).default('INIT'),
  /** The same of a task that had ended when a cancel of it was accepted. */
  cancelStatusOfEnded: z.enum(['INIT', 'CANCELLING', 'COMPLETE']).default('INIT'),
  /** `TaskCancelStatus` of a row: older samples have none, and none says that it is there before somebody cancels. */
  cancelStatusShown: z.enum(['always', 'onceAsked', 'never']).default('always'),
  /**
   * Whether a status and its code say the same. In the sample of QueryTaskList TaskStatus is COMPLETE, and TaskStatusCode that
   * of WAITING_EXECUTE. https://www.alibabacloud.com/help/doc-detail/67709.htm
   */
  codesAgree: z.boolean().default(true),
  /** Status codes: Integer in the clients, String in older pages. */
  codesAs: z.enum(['number', 'string']).default('number'),
  /** Whether `Data.TaskDetail` of one entry is a list; a sample of QueryTaskDetailList shows the bare object. */
  detailOfOne: z.enum(['array', 'object']).default('array'),
  /** A domain whose turn did not come before the cancel, in QueryTaskDetailList: no word is documented for it. */
  canceledDetail: z
    .enum(['WAITING_EXECUTE', 'EXECUTE_FAILURE', 'unlisted', 'leftOut'])
    .default('WAITING_EXECUTE'),
  /** QueryTaskDetailList of a TaskNo that is none, or is in the history: not documented. */
  detailsOfUnknown: z.enum(['empty', 'ParameterIllegal', 'unlisted']).default('empty'),
  /** What stands in place of `Data` when nothing is listed: no sample shows an empty list. */
  emptyList: z.enum(['array', 'object', 'absent', 'null', 'text']).default('array'),
  /** In which order QueryTaskList shows tasks: not documented. */
  listOrder: z.enum(['newestFirst', 'oldestFirst', 'byTaskNo']).default('newestFirst'),
  cancelOfEnded: answerToCancel.default('accept'),
  cancelOfCanceling: answerToCancel.default('accept'),
  cancelOfUnknown: answerToCancel.default('ParameterIllegal'),
  /** Cancel of a task of a kind that cannot be cancelled: the one common error that can only be meant for good, or one of the others. */
  cancelOfUnsupported: z
    .enum(['UnsupportedOperation', ...answerToCancel.options])
    .default('UnsupportedOperation'),
  /** When a task leaves QueryTaskList for QueryTaskInfoHistory; a number is milliseconds of cloud time after its end. */
  movedToHistory: z.union([z.enum(['never', 'onceEnded']), z.number().min(0)]).default('never'),
  /** The time zone of "only query by day is supported". In samples of times a day begins at 16:00 UTC. */
  dayZone: z.enum(['utc', '+08:00']).default('utc'),
  /** Whether the day of `EndCreateTime` belongs to the window. */
  endOfWindow: z.enum(['inclusive', 'exclusive']).default('inclusive'),
  /** A page of QueryTaskList holds no more, whatever is asked for; the largest PageSize is not documented. */
  largestListPage: z
    .int()
    .min(1)
    .max(1_000)
    .meta({ examples: [7] })
    .default(1_000),
  /** The largest PageSize of QueryTaskList, above which it is a parameter error. */
  largestListPageSize: z
    .int()
    .min(1)
    .max(1_000)
    .meta({ examples: [50, 10] })
    .default(1_000),
});

export type DomainSwitches = z.output<typeof domainSwitches>;
