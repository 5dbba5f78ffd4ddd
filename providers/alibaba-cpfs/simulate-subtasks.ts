import { z } from 'zod';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { CpfsCall } from './simulate.js';
import { accepts } from './simulate-cancel.js';
import { isListed } from './simulate-listed.js';
import { filterBy, idsRule, readPage, statusRule, wordsRule, type FilterRule } from './simulate-page.js';
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
import type { CpfsTask } from './simulate-task.js';
import type { CpfsSubtask } from './simulate-subtask.js';
import { checkIdsExist } from './simulate-unknown-ids.js';
import { wrappedList } from './simulate-wrapped-list.js';

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
  Status: statusRule(({ subtask, at }) => subtask.wordAt(at)),
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
  const subtask = task.subtasks.find(({ id }) => id === given.DataFlowSubTaskId);
  const now = world.now();
  const { cancelOfCanceling, cancelOfEnded, cancelOfUnknownSubtask } = world.settings.switches;
  if (subtask === undefined) return accepts(cancelOfUnknownSubtask, { output: {} });
  const state = subtask.timeline.stateAt(now);
  if (state === 'canceling') return accepts(cancelOfCanceling, { output: {} });
  if (!subtask.runsAt(now)) return accepts(cancelOfEnded, { output: {} });
  if (given.DryRun) return { output: {} };
  subtask.timeline.cancel(now);
  return { output: {}, effect: effectOn(subtask, given.ClientToken) };
}

/** @see https://help.aliyun.com/zh/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-describedataflowsubtasks-bmcpfs */
export function describeSubtasks(call: CpfsCall): AlibabaOutput {
  const { world, table, request } = call;
  const { FileSystemId } = readParameters(describeParameters, request);
  const filters = readFilters(request);
  const { switches, refreshMs } = world.settings;
  const { tasks } = table.listed(FileSystemId, switches);
  const now = world.now();
  const seenAt = ({ timeline }: CpfsTask | CpfsSubtask) => timeline.shownAt(now, refreshMs);
  const listed = (each: CpfsTask | CpfsSubtask) => isListed(each, seenAt(each), switches);
  checkIdsExist(call, {
    fileSystemId: FileSystemId,
    filters,
    key: 'DataFlowTaskIds',
    known: () => tasks.filter(listed),
  });

  const shown = (subtask: CpfsSubtask) => ({ subtask, at: seenAt(subtask) });
  const fits = filterBy<Shown>(filters, RULES, switches);
  const all = tasks.flatMap(({ subtasks }) => subtasks);
  const { page, next } = readPage(request, all, (each) => listed(each) && fits(shown(each)), {
    fewest: FEWEST_RESULTS,
    switches,
  });
  const rows = page.map((subtask) => subtask.describe(seenAt(subtask)));
  const list = wrappedList(['DataFlowSubTask', 'DataFlowSubTask'], rows, switches);
  return { output: { ...list, ...next } };
}

function effectOn({ id }: CpfsSubtask, token: string | undefined) {
  return { task: id, ...(token !== undefined && { token }) };
}
