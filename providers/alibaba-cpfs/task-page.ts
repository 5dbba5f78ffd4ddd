import type { ListedTask, ListOptions, Selection, TaskPage } from '../provider.js';
import { activeWords, selectTasks } from '../select-tasks.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { readPage, type Filters } from './list-pages.js';
import { TASK_STATES } from './states.js';
import { taskRows, toObservation, type TaskRow } from './to-observation.js';

const MINUTE_MS = 60_000;

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
  const question = {
    action: 'DescribeDataFlowTasks',
    fileSystemId,
    filters: filtersOf(selection, lastMinuteMs),
    more: { WithReports: 'false' }, // "Faster without", says the vendor's SDK.
    rows: taskRows,
  };
  const { rows, next, requestId } = await readPage(client, question, options);
  const createdBy = lastMinuteMs === undefined ? {} : { createdByMs: lastMinuteMs + MINUTE_MS - 1 };
  const tasks = rows.map((row) => ({ ...toListed(row, fileSystemId, requestId), ...createdBy }));
  return { tasks: selectTasks(tasks, selection), ...(next !== undefined && { next }) };
}

function filtersOf({ states = activeWords(TASK_STATES), types }: Selection, lastMinuteMs?: number): Filters {
  return {
    Status: states,
    ...(types !== undefined && { TaskActions: types }),
    ...(lastMinuteMs !== undefined && { CreateTimeEnd: [inMinutes(lastMinuteMs)] }),
  };
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
