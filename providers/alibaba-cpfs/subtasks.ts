import { z } from 'zod';
import { MOST_SUBTASK_IDS, type CancelAnswer, type RunningSubtasks } from '../../contract/observation.js';
import { isOutOfTime } from '../out-of-time.js';
import type { TaskIds } from '../provider.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import { ask } from './ask.js';
import { passOverDelay, passOverRefusal, subtaskAnswerOf } from './errors.js';
import { listPages, type Filters } from './list-pages.js';
import { lookUpByIds } from './look-up.js';
import { RUNNING_SUBTASK_WORDS, SUBTASK_STATES, type SubtaskState } from './states.js';
import {
  dataFlowIdOf,
  fileSystemIdOf,
  isLingjun,
  keyOf,
  onlyFileSystem,
  taskIdOf,
  taskKey,
} from './task-ids.js';
import { seenNow } from './to-observation.js';

/** In characters; longer than any: whatever is longer is no id, and would fill a history. */
const LONGEST_SUBTASK_ID = 200;

const subtaskRow = z.object({
  DataFlowId: z.string(),
  DataFlowTaskId: z.string(),
  DataFlowSubTaskId: z.string().max(LONGEST_SUBTASK_ID),
  Status: z.string(),
});
type SubtaskRow = z.output<typeof subtaskRow>;

const subtaskRows = z
  .object({ DataFlowSubTask: z.object({ DataFlowSubTask: z.array(subtaskRow) }) })
  .transform(({ DataFlowSubTask }) => DataFlowSubTask.DataFlowSubTask);

/** Of ten thousand subtasks: a look has no time for more. Where they all run, there are as many at least. */
const MOST_PAGES = 100;
/** To look for words that are not known is a courtesy, and a task may have any number of subtasks that have ended. */
const MOST_PAGES_OF_ALL = 3;

/**
 * What runs of each task of one file system, in the order of the question.
 *
 * That none runs is no proof of anything: the vendor is asked anew, and decides. So an answer without a list will do, and a
 * few pages of a list that is long.
 *
 * A streaming task may have thousands of subtasks that have ended. Those that run are asked for by their words; only where
 * there are none, some of all are looked through: one whose word we do not know runs, for all we know. Where there is no time
 * for that, none is known: else a task with too many of them would never be asked again.
 */
export async function runningSubtasks(
  client: AlibabaClient,
  tasks: readonly TaskIds[],
  signal: AbortSignal,
): Promise<RunningSubtasks[]> {
  const fileSystemId = onlyFileSystem(tasks);
  const running = new Map(tasks.map((task) => [taskKey(task), toRunning([])]));
  // The other kind of file system is not asked: it does not know the operation.
  if (isLingjun(fileSystemId)) {
    let mostPagesOfAll = MOST_PAGES_OF_ALL;
    await count({ Status: RUNNING_SUBTASK_WORDS }, MOST_PAGES).catch((thrown: unknown) => {
      if (isOutOfTime(thrown)) return; // What was found until then runs.
      passOverRefusal(thrown);
      mostPagesOfAll = MOST_PAGES; // Then it is the only way to those that run.
    });
    await count({}, mostPagesOfAll).catch(passOverDelay);
  }
  return tasks.map((task) => running.get(taskKey(task)) ?? toRunning([]));

  async function count(filters: Filters, mostPages: number): Promise<void> {
    const idle = tasks.filter((task) => running.get(taskKey(task))?.count === 0);
    // The vendor's "no such task" leaves nothing that could run.
    await lookUpByIds(
      idle,
      (some) => countOf(some, filters, mostPages),
      () => {},
    );
  }

  async function countOf(some: readonly TaskIds[], filters: Filters, mostPages: number): Promise<void> {
    const question = {
      action: 'DescribeDataFlowSubTasks',
      fileSystemId,
      filters: { DataFlowTaskIds: some.map(taskIdOf), ...filters },
      rows: subtaskRows,
    };
    const found = new Map(some.map((task): [string, SubtaskRow[]] => [taskKey(task), []]));
    let requestId: string | undefined;
    let pages = 0;
    try {
      for await (const page of listPages(client, question, signal)) {
        ({ requestId } = page);
        // Filters match parts of ids, too: what they bring is compared as a whole.
        for (const row of page.rows) found.get(keyOf(row.DataFlowId, row.DataFlowTaskId))?.push(row);
        pages += 1;
        if (pages === mostPages) break;
      }
    } finally {
      for (const [key, rows] of found) running.set(key, toRunning(rows, requestId));
    }
  }
}

/**
 * Asks for the end of one subtask.
 * @see https://help.aliyun.com/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-canceldataflowsubtask-bmcpfs
 */
export function cancelSubtask(
  client: AlibabaClient,
  asked: { readonly task: TaskIds; readonly subtaskId: string; readonly clientToken: string },
  signal: AbortSignal,
): Promise<CancelAnswer> {
  const { task, subtaskId, clientToken } = asked;
  const parameters = {
    FileSystemId: fileSystemIdOf(task),
    DataFlowId: dataFlowIdOf(task),
    DataFlowTaskId: taskIdOf(task),
    DataFlowSubTaskId: subtaskId,
    DryRun: 'false',
    ClientToken: clientToken,
  };
  return ask(client, { action: 'CancelDataFlowSubTask', parameters, answerOf: subtaskAnswerOf }, signal);
}

function toRunning(rows: readonly SubtaskRow[], requestId?: string): RunningSubtasks {
  // By their ids: one may come twice when others end between two pages.
  const states = new Map(rows.map((row) => [row.DataFlowSubTaskId, stateOf(row.Status)]));
  const idsIn = (state: SubtaskState) => [...states.keys()].filter((id) => states.get(id) === state);
  const cancelable = idsIn('cancelable');
  const ids = [...cancelable, ...idsIn('ending')];
  return {
    count: ids.length,
    cancelable: cancelable.length,
    ids: ids.slice(0, MOST_SUBTASK_IDS),
    ...seenNow(requestId),
  };
}

function stateOf(word: string): SubtaskState {
  return Object.hasOwn(SUBTASK_STATES, word) ? SUBTASK_STATES[word as keyof typeof SUBTASK_STATES] : 'ending';
}
