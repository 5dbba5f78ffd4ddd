import { z } from 'zod';
import { Timeline } from '../../simulator/timeline.js';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { CpfsCall } from './simulate.js';
import { asked, dataFlowId, fileSystemId, readParameters, taskId } from './simulate-parameters.js';
import { refusal } from './simulate-refusals.js';
import { cpfsSeedDetails, CpfsTask, dataType, taskAction } from './simulate-task.js';

/** What a create gives and a describe hands back. */
const handedBack = {
  Directory: z.string().max(1_023).optional(),
  DstDirectory: z.string().max(1_023).optional(),
  EntryList: z
    .string()
    .max(64 * 1_024)
    .optional(),
  TransferFileListPath: z.string().optional(),
  Includes: z.string().optional(),
  ConflictPolicy: z.enum(['SKIP_THE_FILE', 'KEEP_LATEST', 'OVERWRITE_EXISTING']).optional(),
};

const createParameters = z.object({
  FileSystemId: fileSystemId,
  DataFlowId: dataFlowId,
  TaskAction: taskAction.optional(),
  DataType: dataType.optional(),
  SrcTaskId: taskId.optional(),
  ...handedBack,
  ...asked,
});

/** "Mutually exclusive, and only one of the three can be selected." A task that is copied brings its own. */
const SELECTIONS = ['Directory', 'EntryList', 'TransferFileListPath'] as const;

type CreateParameters = z.output<typeof createParameters>;

/** @see https://www.alibabacloud.com/help/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-createdataflowtask-bmcpfs */
export function createTask(call: CpfsCall): AlibabaOutput {
  const { table, request } = call;
  const given = readParameters(createParameters, request);
  table.checkFlow(given.FileSystemId, given.DataFlowId);
  const task = makeTask(call, given);
  if (given.DryRun) return { output: { TaskId: '' } };
  table.addTask(task);
  const { ClientToken: token } = given;
  return {
    output: { TaskId: task.id },
    effect: { task: task.id, ...(token !== undefined && { token }) },
  };
}

function makeTask({ world, table }: CpfsCall, given: CreateParameters): CpfsTask {
  const { FileSystemId, DataFlowId, SrcTaskId } = given;
  const source = SrcTaskId === undefined ? undefined : table.taskOf(FileSystemId, DataFlowId, SrcTaskId);
  const action = source?.action ?? given.TaskAction;
  const data = source?.details.dataType ?? given.DataType;
  const selected = SELECTIONS.filter((name) => given[name] !== undefined).length;
  const selects = selected === 1 || (selected === 0 && source !== undefined);
  const isWhole = action !== undefined && selects && !(action === 'Evict' && data === undefined);
  if (!isWhole) throw refusal('InvalidParameter');
  const details = cpfsSeedDetails.parse({
    fileSystemId: FileSystemId,
    dataFlowId: DataFlowId,
    action,
    dataType: data,
  });
  const timeline = new Timeline({ now: world.now(), delays: world.settings.delays });
  const names = Object.keys(handedBack) as (keyof typeof handedBack)[];
  return new CpfsTask({ timeline, details }, Object.fromEntries(names.map((name) => [name, given[name]])));
}
