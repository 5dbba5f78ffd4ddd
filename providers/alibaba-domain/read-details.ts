import type { TaskProgress } from '../../contract/observation.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import type { TaskRow } from './list-tasks.js';
import { readPage, word } from './read-page.js';
import { LONGEST_MESSAGE } from '../longest-message.js';

/** https://github.com/AlibabaCloudDocs/domain, QueryTaskDetailList: at most 1,000. */
const LARGEST_PAGE = 1_000;

/** What became of a task's domains. */
export interface TaskDetails {
  readonly progress?: TaskProgress;
  /** Why the first of the failed ones failed, or why nothing was counted. */
  readonly message?: string;
  /** Whether every one of them succeeded. */
  readonly isDone: boolean;
}

/**
 * Counts what became of a task's domains, with one call. Those of a task with more than fit on a page are not counted.
 * No word is documented for a domain that was not worked on because of a cancel: it counts as neither, also if it is left out.
 */
export async function readDetails(
  client: AlibabaClient,
  { taskNo, domains = 0 }: Pick<TaskRow, 'taskNo' | 'domains'>,
  signal: AbortSignal,
): Promise<TaskDetails> {
  const parameters = { TaskNo: taskNo, PageNum: '1', PageSize: String(LARGEST_PAGE) };
  const page = readPage(await client.call('QueryTaskDetailList', parameters, signal), 'TaskDetail');
  const { rows } = page;
  const total = Math.max(page.total, domains);
  // None at all: the task may have moved to the history since it was listed.
  if (rows.length < page.total || rows.length === 0)
    return { isDone: false, message: `What became of its ${total} domains was not counted.` };
  const failed = rows.filter((row) => row['TaskStatus'] === 'EXECUTE_FAILURE');
  const succeeded = rows.filter((row) => row['TaskStatus'] === 'EXECUTE_SUCCESS').length;
  const progress = { total, succeeded, failed: failed.length };
  const [first] = failed;
  if (first === undefined) return { isDone: succeeded === total, progress };
  const reason = word(first['FailReason']) ?? word(first['ErrorMsg']) ?? 'no reason given';
  const message = `${failed.length} of ${total} domains failed; ${word(first['DomainName']) ?? 'one'}: ${reason}`;
  return { isDone: false, progress, message: message.slice(0, LONGEST_MESSAGE) };
}
