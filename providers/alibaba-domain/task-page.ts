import {
  ProviderError,
  type ListedTask,
  type ListOptions,
  type Selection,
  type TaskPage,
} from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { selectTasks } from '../select-tasks.js';
import { latestMomentMs } from '../zoneless-time.js';
import { PAGE_SIZES, type ListPages } from './list-pages.js';
import { toRow } from './list-tasks.js';
import { readPage, word } from './read-page.js';
import { toObservation } from './to-observation.js';

/**
 * One page of the tasks of an account. QueryTaskList filters by nothing but whole days of a zone that is not documented: all
 * of them are read.
 * @throws ProviderError `unrecognized` when the answer is not the list; `unavailable` (`ListMoved`) when it ends before its total.
 */
export async function taskPage(
  pages: ListPages,
  selection: Selection,
  { signal, page }: ListOptions,
): Promise<TaskPage> {
  const place = placeOf(page);
  const { answer, pageSize } =
    place === undefined
      ? await pages.first({}, signal)
      : { answer: await pages.page({}, place, signal), pageSize: place.pageSize };
  const { number, before } = place ?? { number: 1, before: 0 };
  const { total, rows } = readPage(answer, 'TaskInfo');
  const of = requestIdIfAny(answer.requestId);
  const seen = before + rows.length;
  if (rows.length === 0 && seen < total) {
    const message = `QueryTaskList has ${total} tasks and showed ${seen}: it changed while it was read.`;
    throw new ProviderError('unavailable', 'ListMoved', message, of);
  }
  const tasks = rows.map((row) => toListed(row, of));
  return {
    tasks: selectTasks(tasks, selection),
    ...(seen < total && { next: `${number + 1}/${seen}/${pageSize}` }),
  };
}

/** Which page it is, how many tasks were seen before it, and how many a page holds; undefined for the first. */
function placeOf(page: string | undefined) {
  if (page === undefined) return undefined;
  const [number = 1, before = 0, pageSize = PAGE_SIZES[0]] = page.split('/').map(Number);
  return { number, before, pageSize };
}

function toListed(row: Readonly<Record<string, unknown>>, of: { readonly requestId?: string }): ListedTask {
  const shown = toRow(row, of);
  const type = word(row['TaskType']);
  const created = creation(row['CreateTime']);
  return {
    task: { taskNo: shown.taskNo, ...(created !== undefined && { createdOn: created.on }) },
    observation: toObservation(shown, of.requestId),
    states: [shown.taskStatus, shown.cancelStatus].filter((each) => each !== undefined),
    ...(type !== undefined && { type }),
    ...(created !== undefined && { createdByMs: created.byMs }),
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Dec 26,2017 11:00:54`, as in the vendor's sample; in which zone it does not say. */
function creation(shown: unknown): { readonly on: string; readonly byMs: number } | undefined {
  const parts = /^([A-Z][a-z]{2}) (\d{1,2}),(\d{4}) (\d{2}:\d{2}:\d{2})$/.exec(word(shown) ?? '');
  const [, month = '', day = '', year = '', time = ''] = parts ?? [];
  const on = [year, String(MONTHS.indexOf(month) + 1).padStart(2, '0'), day.padStart(2, '0')].join('-');
  const byMs = latestMomentMs(`${on}T${time}`);
  return byMs === undefined ? undefined : { on, byMs };
}
