import { z } from 'zod';
import type { FsxCall } from './simulate.js';
import { FsxRefusal, readInput, type FsxOutput } from './simulate-answer.js';
import type { FsxTask } from './simulate-task.js';

export const taskId = z
  .string()
  .min(12)
  .max(128)
  .regex(/^task-[0-9a-f]{17,}$/);

const cancelInput = z.object({ TaskId: taskId });

/** @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_CancelDataRepositoryTask.html */
export function cancelTask({ world, table, input }: FsxCall): FsxOutput {
  const { TaskId } = readInput(cancelInput, input, world.settings.switches);
  const task = table.find(TaskId);
  if (task === undefined) {
    throw new FsxRefusal(
      'DataRepositoryTaskNotFound',
      `The data repository task ${TaskId} could not be found.`,
    );
  }
  const now = world.now();
  if (task.timeline.onCancel === 'unsupported') {
    throw new FsxRefusal(
      'UnsupportedOperation',
      'The requested operation is not supported for this resource or API.',
    );
  }
  if (task.timeline.onCancel === 'alreadyFinished') task.timeline.finishNow(now);
  const effect = cancel(task, now, world.settings.switches.cancelOfCanceling);
  return { output: { TaskId, Lifecycle: 'CANCELING' }, ...(effect && { effect: { task: task.id } }) };
}

/** Whether this call is the one that canceled the task. */
function cancel({ id, timeline }: FsxTask, now: number, ofCanceling: 'accept' | 'BadRequest'): boolean {
  const state = timeline.stateAt(now);
  if (state === 'waiting' || state === 'running') {
    timeline.cancel(now);
    return true;
  }
  if (state === 'canceling') {
    if (ofCanceling === 'accept') return false;
    throw new FsxRefusal('BadRequest', `The data repository task ${id} is already being canceled.`);
  }
  // That a CANCELED task counts as ended too is the plain reading; it is not spelled out.
  throw new FsxRefusal('DataRepositoryTaskEnded', `The data repository task ${id} has already ended.`);
}
