import {
  ProviderError,
  type CallOptions,
  type ListedTask,
  type ListOptions,
  type Selection,
  type TaskPage,
} from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { activeWords, selectTasks } from '../select-tasks.js';
import type { DataRepositoryTask } from './answers.js';
import type { FsxAnswer } from './fsx-endpoint.js';
import { toObservation } from './observation.js';
import { LIFECYCLE_STATES } from './states.js';

/** What a page holds at the most, whatever is asked for. */
const PAGE_SIZE = 50;

/**
 * The values of the filter `task-lifecycle`; CANCELING is not one of them.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTaskFilter.html
 */
const FILTER_LIFECYCLES: ReadonlySet<string> = new Set([
  'CANCELED',
  'EXECUTING',
  'FAILED',
  'PENDING',
  'SUCCEEDED',
]);

export type Describe = (
  input: object,
  options: CallOptions,
) => Promise<FsxAnswer<'DescribeDataRepositoryTasks'>>;

/**
 * One page of the tasks of an account and region, or of one of its file systems. FSx filters by neither type nor time.
 * @throws ProviderError `unrecognized` when the answer is without the list, or a task in it without its id or state.
 */
export async function taskPage(
  describe: Describe,
  selection: Selection,
  { signal, page }: ListOptions,
): Promise<TaskPage> {
  const Filters = filtersOf(selection);
  const question = { MaxResults: PAGE_SIZE, ...(Filters.length > 0 && { Filters }) };
  const answer = await describe({ ...question, ...(page !== undefined && { NextToken: page }) }, { signal });
  const { DataRepositoryTasks: rows, NextToken: next, requestId } = answer;
  if (rows === undefined) throw unusable('FSx answered without a list of tasks.', requestId);
  const tasks = rows.map((row) => toListed(row, requestId));
  return { tasks: selectTasks(tasks, selection), ...(next !== undefined && { next }) };
}

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTaskFilter.html */
function filtersOf({ fileSystem, states = activeWords(LIFECYCLE_STATES) }: Selection): object[] {
  const filtersStates = states.every((word) => FILTER_LIFECYCLES.has(word));
  return [
    ...(fileSystem === undefined ? [] : [{ Name: 'file-system-id', Values: [fileSystem] }]),
    ...(filtersStates ? [{ Name: 'task-lifecycle', Values: [...states] }] : []),
  ];
}

function toListed(row: DataRepositoryTask, callId: string | undefined): ListedTask {
  if (row.TaskId === undefined) throw unusable('FSx listed a task without its TaskId.', callId);
  const observation = toObservation(row, row.TaskId, callId);
  return {
    task: { taskId: row.TaskId },
    observation,
    states: [observation.rawState],
    ...(row.Type !== undefined && { type: row.Type }),
    ...(row.CreationTime !== undefined && { createdByMs: row.CreationTime.getTime() }),
  };
}

function unusable(message: string, requestId: string | undefined): ProviderError {
  return new ProviderError('unrecognized', 'MissingFromAnswer', message, requestIdIfAny(requestId));
}
