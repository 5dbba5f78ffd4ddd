import { z } from 'zod';
import { gatewaySwitches } from '../vendors/alibaba/simulate-gateway.js';

/** What a cancel may be answered in a state for which no answer is documented; `InvalidStatus.Unlisted` stands for any code we do not know. */
const undocumented = z.enum([
  'accept',
  'InvalidStatus.ResourceMismatch',
  'InvalidStatus.Unlisted',
  'OperationDenied.ConflictOperation',
  'InvalidTaskId.NotFound',
]);

/** `forever`, or milliseconds of cloud time. */
const lasting = z.union([z.literal(['forever', 0]), z.number().min(0)]);

/** What CPFS's documents leave open, one switch each. The default is the reading that is named first. */
export const cpfsSwitches = z.object({
  ...gatewaySwitches,
  /**
   * Cancel of a task with running subtasks. The operation's text has one code, without status and message; an older page's table
   * another.
   * https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs
   * https://help.aliyun.com/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-canceldataflowtask-bmcpfs
   */
  blockedCode: z
    .enum([
      'InvalidStatus.ResourceMismatch 400',
      'InvalidStatus.ResourceMismatch 403',
      'OperationDenied.DependencyViolation 403',
    ])
    .default('InvalidStatus.ResourceMismatch 400'),
  /** Cancel of a task that is Executing: "Pending and Executing" on one page, only Pending on another. The same two pages. */
  cancelOfExecuting: undocumented.default('accept'),
  /** Cancel of a task or subtask that is being canceled: not documented. */
  cancelOfCanceling: undocumented.default('accept'),
  /** Cancel of a task or subtask that has ended: not documented. */
  cancelOfEnded: undocumented.default('InvalidStatus.ResourceMismatch'),
  /** Whether a dry run looks at the task's state: newer texts say so, older ones name parameters and resources alone. */
  dryRunChecksState: z.boolean().default(true),
  /** The filter by ids of tasks, in either list, with an id that no task has: not documented. */
  unknownTaskInFilter: z.enum(['empty', 'InvalidTaskId.NotFound']).default('empty'),
  /** A list of tasks, of subtasks or of data flows of a file system that does not exist: only a cancel's table has a code. */
  unknownFileSystemInList: z
    .enum(['InvalidFileSystem.NotFound', 'empty', 'InvalidParameter'])
    .default('InvalidFileSystem.NotFound'),
  /** Whether a minute that ends a filter by time, such as `CreateTimeEnd`, belongs to it as a whole: not documented. */
  lastMinute: z.enum(['excluded', 'included']).default('excluded'),
  /** The filter `DataFlowIds`, in either list, with an id that no data flow has: not documented. */
  unknownDataFlowInFilter: z.enum(['empty', 'InvalidDataFlow.NotFound']).default('empty'),
  /**
   * The filter `Status` with several words: "Combined query is supported" may mean them, as the example of ids has commas, or
   * several filters together.
   * https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-describedataflowtasks-cpfs
   */
  severalStatuses: z.enum(['alternatives', 'none', 'InvalidParameter']).default('alternatives'),
  /** `WithReports` on a file system that is not of CPFS for Lingjun, which alone "supports this parameter". */
  reportsOfOthers: z.enum(['ignored', 'InvalidParameter']).default('ignored'),
  /** Whether `MaxResults` counts what the filters leave or what they look through, so that a page may be short: not documented. */
  shortPages: z.boolean().default(false),
  /** Which of tasks, subtasks and data flows comes first: not documented. */
  listOrder: z.enum(['oldestFirst', 'newestFirst', 'byId']).default('oldestFirst'),
  /** For how long a task or subtask is listed once it has ended: not documented. The cancel knows it still. */
  endedListedMs: lasting.default('forever'),
  /** What stands in place of `TaskInfo` and its like when nothing is listed: no sample shows an empty list. */
  emptyList: z.enum(['array', 'object', 'absent', 'null', 'text']).default('array'),
  /** `ErrorMsg` of a task without an error: "empty" in a table, left out in samples. */
  errorMsgOfNone: z.enum(['absent', 'empty']).default('absent'),
  /** `NextToken` of the last page: not documented. */
  lastNextToken: z.enum(['absent', 'empty']).default('absent'),
  /**
   * Whether a 4xx is the answer to every repeat under its ClientToken. ECS, whose page NAS links, says that a retry after one
   * "will not succeed" where the message does not ask to try later.
   * https://help.aliyun.com/document_detail/25693.html
   */
  tokenCachesRefusals: z.boolean().default(false),
  /** For how long a ClientToken is known; a call under it after that is a new one. Not documented. */
  clientTokenLifeMs: lasting.default('forever'),
  /**
   * Cancel of a subtask that is not there. No code for it was found: this names one like that of a task, that of a task itself,
   * one of a state that does not fit, and one of the common ones.
   * https://help.aliyun.com/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-canceldataflowsubtask-bmcpfs
   */
  cancelOfUnknownSubtask: z
    .enum([
      'InvalidSubTaskId.NotFound',
      'InvalidTaskId.NotFound',
      'InvalidStatus.ResourceMismatch',
      'InvalidStatus.Unlisted',
      'InvalidParameter',
      'accept',
    ])
    .default('InvalidSubTaskId.NotFound'),
});

export type CpfsSwitches = z.output<typeof cpfsSwitches>;
