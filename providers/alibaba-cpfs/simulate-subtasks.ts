import { z } from 'zod';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { CpfsCall } from './simulate.js';
import { accepts } from './simulate-cancel.js';
import { filterBy, idsRule, readPage, wordsRule, type FilterRule } from './simulate-page.js';
import {
  asked,
  dataFlowId,
  fileSystemId,
  readFilters,
  readParameters,
  subtaskId,
  taskId,
} from './simulate-parameters.js';
import { refusal } from './simulate-refusals.js';
import type { CpfsSubtask } from './simulate-subtask.js';

const FEWEST_RESULTS = 20;

/** Only CPFS for Lingjun has subtasks. How the others refuse is not documented. */
const lingjunFileSystem = fileSystemId.refine((id) => id.startsWith('bmcpfs-'));

const ofTask = { FileSystemId: lingjunFileSystem, DataFlowId: dataFlowId, DataFlowTaskId: taskId };
const filePath = z.string().min(1).max(1_023);
const createParameters = z.object({ ...ofTask, SrcFilePath: filePath, DstFilePath: filePath, ...asked });
const cancelParameters = z.object({ ...ofTask, DataFlowSubTaskId: subtaskId, ...asked });
const describeParameters = z.object({ FileSystemId: lingjunFileSystem });

/** A subtask, and the time as of which it is shown. */
interface Shown {
  readonly subtask: CpfsSubtask;
  readonly at: number;
}

const RULES = {
  DataFlowIds: idsRule(({ subtask }) => subtask.task.details.dataFlowId),
  DataFlowTaskIds: idsRule(({ subtask }) => subtask.task.id),
  DataFlowSubTaskIds: idsRule(({ subtask }) => subtask.id),
  Status: wordsRule(({ subtask, at }) => subtask.wordAt(at)),
  SrcFilePath: wordsRule(({ subtask }) => subtask.source),
  DstFilePath: wordsRule(({ subtask }) => subtask.destination),
} as const satisfies Record<string, FilterRule<Shown>>;

/** Only a streaming task that is Executing takes subtasks. */
export function createSubtask({ world, table, request }: CpfsCall): AlibabaOutput {
  const given = readParameters(createParameters, request);
  const task = table.taskOf(given.FileSystemId, given.DataFlowId, given.DataFlowTaskId);
  const now = world.now();
  if (!task.streams) throw refusal('OperationDenied.DataFlowNotSupported');
  if (task.timeline.stateAt(now) !== 'running') throw refusal('InvalidStatus.ResourceMismatch');
  if (given.DryRun) return { output: { DataFlowSubTaskId: '' } };
  const file = { source: given.SrcFilePath, destination: given.DstFilePath };
  const subtask = task.addSubtask(now, world.settings.delays, file);
  return { output: { DataFlowSubTaskId: subtask.id }, effect: effectOn(subtask, given.ClientToken) };
}

/** @see https://help.aliyun.com/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-canceldataflowsubtask-bmcpfs */
export function cancelSubtask({ world, table, request }: CpfsCall): AlibabaOutput {
  const given = readParameters(cancelParameters, request);
  const task = table.taskOf(given.FileSystemId, given.DataFlowId, given.DataFlowTaskId);
  const subtask = table.subtaskOf(task, given.DataFlowSubTaskId);
  const now = world.now();
  const { cancelOfCanceling, cancelOfEnded } = world.settings.switches;
  const state = subtask.timeline.stateAt(now);
  if (state === 'canceling') return accepts(cancelOfCanceling, { output: {} });
  if (!subtask.runsAt(now)) return accepts(cancelOfEnded, { output: {} });
  if (given.DryRun) return { output: {} };
  subtask.timeline.cancel(now);
  return { output: {}, effect: effectOn(subtask, given.ClientToken) };
}

/** @see https://help.aliyun.com/zh/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-describedataflowsubtasks-bmcpfs */
export function describeSubtasks({ world, table, request }: CpfsCall): AlibabaOutput {
  const { FileSystemId } = readParameters(describeParameters, request);
  const { tasks } = table.fileSystem(FileSystemId);
  const { switches, refreshMs } = world.settings;
  const now = world.now();
  const shown = (subtask: CpfsSubtask) => ({ subtask, at: subtask.timeline.shownAt(now, refreshMs) });
  const fits = filterBy<Shown>(readFilters(request), RULES);
  const all = tasks.flatMap(({ subtasks }) => subtasks);
  const { page, next } = readPage(request, all, (subtask) => fits(shown(subtask)), {
    fewest: FEWEST_RESULTS,
    switches,
  });
  const DataFlowSubTask = page.map((subtask) => subtask.describe(shown(subtask).at));
  return { output: { DataFlowSubTask: { DataFlowSubTask }, ...next } };
}

function effectOn({ id }: CpfsSubtask, token: string | undefined) {
  return { task: id, ...(token !== undefined && { token }) };
}
