import {
  ProviderError,
  type ListedTask,
  type ListOptions,
  type Selection,
  type TaskPage,
} from '../provider.js';
import { activeWords, selectTasks } from '../select-tasks.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { readPage, type Filters, type ListPage } from './list-pages.js';
import { TASK_STATES } from './states.js';
import { isLingjun } from './task-ids.js';
import { taskRows, toObservation, type TaskRow } from './to-observation.js';

const MINUTE_MS = 60_000;

/** Begins the names of pages of the list that is not filtered by words: a token is good for one question alone. */
const UNFILTERED = 'unfiltered/';

/**
 * One page of the tasks of a file system.
 *
 * The rows' times have no zone, while the filter's has: UTC. So the vendor is asked for those created before, and whatever
 * it then lists was. Whether the filter's last minute belongs to it is not documented: the one before is asked for.
 * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-describedataflowtasks-cpfs
 */
export async function taskPage(
  client: AlibabaClient,
  selection: Selection,
  options: ListOptions,
): Promise<TaskPage> {
  const { fileSystem: fileSystemId = '', createdBeforeMs } = selection;
  const lastMinuteMs = createdBeforeMs === undefined ? undefined : minuteBefore(createdBeforeMs);
  const created = lastMinuteMs === undefined ? {} : { CreateTimeEnd: [inMinutes(lastMinuteMs)] };
  const ask = (filters: Filters, page: string | undefined) =>
    readPage(
      client,
      {
        action: 'DescribeDataFlowTasks',
        fileSystemId,
        filters,
        ...(isLingjun(fileSystemId) && { more: { WithReports: 'false' } }), // Faster, and its alone.
        rows: taskRows,
      },
      { signal: options.signal, ...(page !== undefined && { page }) },
    );
  const { prefix, answer } = await readEither(selection, created, ask, options.page);
  const { rows, next, requestId } = answer;
  const createdBy = lastMinuteMs === undefined ? {} : { createdByMs: lastMinuteMs + MINUTE_MS - 1 };
  const tasks = rows.map((row) => ({ ...toListed(row, fileSystemId, requestId), ...createdBy }));
  return { tasks: selectTasks(tasks, selection), ...(next !== undefined && { next: `${prefix}${next}` }) };
}

/** Whether the filters by words take several is not certain: where the first page is refused, all states and types are read. */
async function readEither(
  { states = activeWords(TASK_STATES), types }: Selection,
  created: Filters,
  ask: (filters: Filters, page: string | undefined) => Promise<ListPage<TaskRow>>,
  page: string | undefined,
) {
  if (page?.startsWith(UNFILTERED) !== true) {
    const words = { Status: states, ...(types !== undefined && { TaskActions: types }) };
    try {
      return { prefix: '', answer: await ask({ ...words, ...created }, page) };
    } catch (thrown) {
      if (page !== undefined || !(thrown instanceof ProviderError) || thrown.kind !== 'invalid') throw thrown;
    }
  }
  return { prefix: UNFILTERED, answer: await ask(created, page?.slice(UNFILTERED.length)) };
}

/** The beginning of the last minute that is over before a moment. */
function minuteBefore(momentMs: number): number {
  return (Math.floor(momentMs / MINUTE_MS) - 1) * MINUTE_MS;
}

/** As `yyyy-MM-ddThh:mmZ`. */
function inMinutes(momentMs: number): string {
  return `${new Date(momentMs).toISOString().slice(0, 16)}Z`;
}

function toListed(row: TaskRow, fileSystemId: string, requestId: string | undefined): ListedTask {
  const { TaskId: taskId, DataFlowId: dataFlowId, Status, TaskAction } = row;
  return {
    task: { fileSystemId, dataFlowId, taskId },
    observation: toObservation(row, requestId),
    states: [Status],
    ...(TaskAction !== undefined && { type: TaskAction }),
  };
}
