import { isOutOfTime } from '../out-of-time.js';
import { ProviderError } from '../provider.js';
import type { ListPages, SizedPage } from './list-pages.js';
import { readPage, wholeNumber, word } from './read-page.js';
import { requestIdIfAny } from '../request-id-if-any.js';

/** No look of a single cancellation has time for more calls, one after the other; often it has none for as many. */
const MOST_PAGES = 300;

/** What QueryTaskList says of one task. */
export interface TaskRow {
  readonly taskNo: string;
  readonly taskStatus?: string;
  readonly cancelStatus?: string;
  /** How many domain names it is about. */
  readonly domains?: number;
}

export interface TaskList {
  /** By TaskNo. A wanted task that is not among them is not in the list. */
  readonly rows: ReadonlyMap<string, TaskRow>;
  /** Of the last page. */
  readonly requestId?: string;
}

/** Told of each row as soon as it is read: it holds whatever becomes of the other pages. What is missing is known at the end. */
type OnRow = (row: TaskRow, requestId: string | undefined) => void;

interface Reading extends TaskList {
  readonly pages: number;
  /** Every page told the same total, and exactly so many tasks were seen, none of them twice. */
  readonly isWhole: boolean;
}

/** The page after `before`, which is page `number - 1`; the first without one. */
type Ask = (number: number, before?: SizedPage) => Promise<SizedPage>;

/**
 * Reads pages until every wanted task was on one of them, or there are no more: the list can be asked for no single task.
 *
 * A list that changes between two pages moves, and may carry a task from a page that is still to be read to one that was. So a
 * task that is on none of several pages is missing only when a second reading shows the same tasks in the same order: then
 * none of them left, and nothing moved up while the first was made.
 * @throws ProviderError `unavailable` (`ListMoved`) when one is missing otherwise: read it again; `TooManyTasks` when there are
 * more than can be read, `unavailable` when it is only that they take too long.
 */
export async function listTasks(
  pages: ListPages,
  wanted: ReadonlySet<string>,
  window: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onRow: OnRow,
): Promise<TaskList> {
  let read = 0;
  const ask: Ask = async (number, before) => {
    try {
      const sized = await pageAfter(number, before);
      read += 1;
      return sized;
    } catch (thrown) {
      throw isOutOfTime(thrown) ? tooManyForNow(read, window) : thrown;
    }
  };
  const pageAfter: Ask = async (number, before) => {
    if (before === undefined) return pages.first(window, signal);
    const { pageSize } = before;
    return { answer: await pages.page(window, { number, pageSize }, signal), pageSize };
  };
  const shows = ({ rows }: TaskList) => [...wanted].every((taskNo) => rows.has(taskNo));
  const first = await readPages(ask, shows, onRow);
  if (shows(first) || (first.isWhole && first.pages === 1)) return first;
  const second = first.isWhole ? await readPages(ask, shows, onRow) : first;
  if (shows(second)) return second;
  if (second.isWhole && [...first.rows.keys()].join() === [...second.rows.keys()].join()) return second;
  throw new ProviderError(
    'unavailable',
    'ListMoved',
    `QueryTaskList changed while its ${second.pages} pages were read: whether a task is on none of them is open.`,
    requestIdIfAny(second.requestId),
  );
}

async function readPages(ask: Ask, shows: (list: TaskList) => boolean, onRow: OnRow): Promise<Reading> {
  const rows = new Map<string, TaskRow>();
  const totals = new Set<number>();
  let seen = 0;
  let largest = 0; // The last page is a short one: it says nothing of how many there are.
  let sized: SizedPage | undefined;
  for (let page = 1; ; page++) {
    sized = await ask(page, sized);
    const { answer } = sized;
    const requestId = requestIdIfAny(answer.requestId);
    const { total, rows: shown } = readPage(answer, 'TaskInfo');
    largest = Math.max(largest, shown.length);
    if (largest > 0 && total > MOST_PAGES * largest) throw tooMany(total, requestId);
    const before = rows.size;
    for (const row of shown.map((each) => toRow(each, requestId))) {
      rows.set(row.taskNo, row);
      onRow(row, answer.requestId);
    }
    totals.add(total);
    seen += shown.length;
    const isLast = rows.size === before || rows.size >= total || shows({ rows });
    const isWhole = totals.size === 1 && seen === total && rows.size === total;
    if (isLast) return { rows, pages: page, isWhole, ...requestId };
  }
}

function tooMany(total: number, requestId: { readonly requestId?: string }): ProviderError {
  const message = `QueryTaskList has ${total} tasks, more than a look can read: name the day the task was made, as createdOn.`;
  return new ProviderError('invalid', 'TooManyTasks', message, requestId);
}

/** The vendor may be slow for now, and answer sooner the next time: `unavailable`, unlike what is too much at any pace. */
function tooManyForNow(pages: number, window: Readonly<Record<string, string>>): ProviderError {
  const advice = Object.keys(window).length === 0 ? ': name the day the task was made, as createdOn' : '';
  const message = `QueryTaskList has more tasks than a look has time for, which was over after ${pages} pages${advice}.`;
  return new ProviderError('unavailable', 'TooManyTasks', message);
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

/** @throws ProviderError `unrecognized` when it is without its TaskNo. */
export function toRow(
  row: Readonly<Record<string, unknown>>,
  requestId: { readonly requestId?: string },
): TaskRow {
  const taskStatus = word(row['TaskStatus']);
  const cancelStatus = word(row['TaskCancelStatus']);
  const domains = wholeNumber(row['TaskNum']);
  return {
    taskNo: taskNoOf(row, requestId),
    ...(taskStatus !== undefined && { taskStatus }),
    ...(cancelStatus !== undefined && { cancelStatus }),
    ...(domains !== undefined && { domains }),
  };
}
