import { z } from 'zod';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import type { CpfsCall } from './simulate.js';
import { asked, dataFlowId, fileSystemId, readParameters, taskId } from './simulate-parameters.js';
import { refusal, type CpfsErrorCode } from './simulate-refusals.js';
import type { CpfsSwitches } from './simulate-switches.js';
import type { CpfsTask } from './simulate-task.js';

const cancelParameters = z.object({
  FileSystemId: fileSystemId,
  DataFlowId: dataFlowId,
  TaskId: taskId,
  ...asked,
});

/** @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs */
export function cancelTask({ world, table, request }: CpfsCall): AlibabaOutput {
  const { FileSystemId, DataFlowId, TaskId, DryRun, ClientToken } = readParameters(cancelParameters, request);
  const task = table.taskOf(FileSystemId, DataFlowId, TaskId);
  const now = world.now();
  const { switches } = world.settings;
  const { onCancel } = task.timeline;
  if (onCancel === 'unsupported') throw refusal('OperationDenied.DataFlowNotSupported');
  if (DryRun) {
    if (switches.dryRunChecksState) checkCancelable(task, now, switches);
    return { output: {} };
  }
  if (onCancel === 'alreadyFinished') task.timeline.finishNow(now);
  if (!checkCancelable(task, now, switches)) return { output: {} };
  task.timeline.cancel(now);
  return { output: {}, effect: { task: task.id, ...(ClientToken !== undefined && { token: ClientToken }) } };
}

/** Whether there is anything to cancel. @throws AlibabaRefusal */
function checkCancelable(task: CpfsTask, now: number, switches: CpfsSwitches): boolean {
  const state = task.timeline.stateAt(now);
  if (state === 'waiting') return true;
  if (state === 'canceling') return accepts(switches.cancelOfCanceling, false);
  if (state !== 'running') return accepts(switches.cancelOfEnded, false);
  if (task.runningSubtasksAt(now).length > 0) {
    const [code, status] = switches.blockedCode.split(' ') as [CpfsErrorCode, string];
    throw refusal(code, Number(status));
  }
  return accepts(switches.cancelOfExecuting, true);
}

/** @throws AlibabaRefusal unless the answer is to accept. */
export function accepts<Value>(answer: 'accept' | CpfsErrorCode, value: Value): Value {
  if (answer !== 'accept') throw refusal(answer);
  return value;
}
