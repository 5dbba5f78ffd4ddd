import type { TaskProgress } from '../../contract/observation.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { readPage, word } from './read-page.js';
import { LONGEST_MESSAGE } from '../longest-message.js';

/** https://github.com/AlibabaCloudDocs/domain, QueryTaskDetailList: at most 1,000. */
const LARGEST_PAGE = 1_000;

/** What became of a task's domains. */
export interface TaskDetails {
  readonly progress?: TaskProgress;
  /** Why the first of the failed ones failed, or why nothing was counted. */
  readonly message?: string;
}

/**
 * Counts what became of a task's domains, with one call. Those of a task with more than fit on a page are not counted.
 * No word is documented for a domain that was not worked on because of a cancel: it counts as neither.
 */
export async function readDetails(
  client: AlibabaClient,
  taskNo: string,
  signal: AbortSignal,
): Promise<TaskDetails> {
  const parameters = { TaskNo: taskNo, PageNum: '1', PageSize: String(LARGEST_PAGE) };
  const page = readPage(await client.call('QueryTaskDetailList', parameters, signal), 'TaskDetail');
  const { total, rows } = page;
  if (rows.length < total) return { message: `What became of its ${total} domains was not counted.` };
  const failed = rows.filter((row) => row['TaskStatus'] === 'EXECUTE_FAILURE');
  const succeeded = rows.filter((row) => row['TaskStatus'] === 'EXECUTE_SUCCESS').length;
  const progress = { total, succeeded, failed: failed.length };
  const [first] = failed;
  if (first === undefined) return { progress };
  const reason = word(first['FailReason']) ?? word(first['ErrorMsg']) ?? 'no reason given';
  const message = `${failed.length} of ${total} domains failed; ${word(first['DomainName']) ?? 'one'}: ${reason}`;
  return { progress, message: message.slice(0, LONGEST_MESSAGE) };
}
