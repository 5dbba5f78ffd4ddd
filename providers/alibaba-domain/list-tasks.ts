import { ProviderError } from '../provider.js';
import type { AlibabaClient } from '../vendors/alibaba-client.js';
import { readPage, word } from './read-page.js';

/** The largest is not documented for this list; that of others of the product is 1,000. A smaller page than asked for does no harm. */
const PAGE_SIZE = 100;

/** What QueryTaskList says of one task. */
export interface TaskRow {
  readonly taskStatus?: string;
  readonly cancelStatus?: string;
}

export interface TaskList {
  /** By TaskNo. A wanted task that is not among them does not exist: the whole list was read while it stood still. */
  readonly rows: ReadonlyMap<string, TaskRow>;
  /** Of the last page. */
  readonly requestId?: string;
}

/**
 * Reads pages until every wanted task was on one of them, or there are no more: the list can be asked for no single task.
 *
 * A list that changes between two pages moves, and may carry a task from a page that is still to be read to one that was. So
 * a wanted task that was on no page is missing only when every page told the same total and exactly so many different tasks
 * were seen.
 * @throws ProviderError `unavailable` (`ListMoved`) when one is missing otherwise: read it again.
 */
export async function listTasks(
  client: AlibabaClient,
  wanted: ReadonlySet<string>,
  window: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<TaskList> {
  const rows = new Map<string, TaskRow>();
  const totals = new Set<number>();
  let duplicates = 0;
  for (let page = 1; ; page++) {
    const parameters = { ...window, PageNum: String(page), PageSize: String(PAGE_SIZE) };
    const answer = await client.call('QueryTaskList', parameters, signal);
    const requestId = answer.requestId === undefined ? {} : { requestId: answer.requestId };
    const { total, rows: shown } = readPage(answer, 'TaskInfo');
    const before = rows.size;
    for (const row of shown) rows.set(taskNoOf(row, requestId), toRow(row));
    const fresh = rows.size - before;
    totals.add(total);
    duplicates += shown.length - fresh;
    if ([...wanted].every((taskNo) => rows.has(taskNo))) return { rows, ...requestId };
    if (fresh > 0 && rows.size < total) continue;
    if (totals.size === 1 && duplicates === 0 && rows.size === total) return { rows, ...requestId };
    const message = `QueryTaskList changed while its ${page} pages were read: whether a task is on none of them is open.`;
    throw new ProviderError('unavailable', 'ListMoved', message, requestId);
  }
}

function taskNoOf(
  row: Readonly<Record<string, unknown>>,
  requestId: { readonly requestId?: string },
): string {
  const taskNo = word(row['TaskNo']);
  if (taskNo !== undefined) return taskNo;
  throw new ProviderError(
    'unrecognized',
    'UnreadableAnswer',
    'QueryTaskList named a task without its TaskNo.',
    requestId,
  );
}

function toRow(row: Readonly<Record<string, unknown>>): TaskRow {
  const taskStatus = word(row['TaskStatus']);
  const cancelStatus = word(row['TaskCancelStatus']);
  return {
    ...(taskStatus !== undefined && { taskStatus }),
    ...(cancelStatus !== undefined && { cancelStatus }),
  };
}
