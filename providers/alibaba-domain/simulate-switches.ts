import { z } from 'zod';
import { gatewaySwitches } from '../vendors/alibaba/simulate-gateway.js';

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
  /** Status codes: Integer in the clients, String in older pages. */
  codesAs: z.enum(['number', 'string']).default('number'),
  /** Whether `Data.TaskDetail` of one entry is a list; a sample of QueryTaskDetailList shows the bare object. */
  detailOfOne: z.enum(['array', 'object']).default('array'),
  cancelOfEnded: answerToCancel.default('accept'),
  cancelOfCanceling: answerToCancel.default('accept'),
  cancelOfUnknown: answerToCancel.default('ParameterIllegal'),
  /** When a task leaves QueryTaskList for QueryTaskInfoHistory. */
  movedToHistory: z.enum(['never', 'onceEnded']).default('never'),
  /** The time zone of "only query by day is supported". In samples of times a day begins at 16:00 UTC. */
  dayZone: z.enum(['utc', '+08:00']).default('utc'),
  /** Whether the day of `EndCreateTime` belongs to the window. */
  endOfWindow: z.enum(['inclusive', 'exclusive']).default('inclusive'),
  /** A page of QueryTaskList holds no more, whatever is asked for; the largest PageSize is not documented. */
  largestListPage: z.int().min(1).max(1_000).default(1_000),
});

export type DomainSwitches = z.output<typeof domainSwitches>;
