import { z } from 'zod';
import type { TaskState } from '../../simulator/timeline.js';
import type { FsxCall } from './simulate.js';
import { FsxRefusal, readInput, type FsxOutput } from './simulate-answer.js';
import type { FsxSwitches } from './simulate-switches.js';
import { knownTask } from './simulate-table.js';
import type { FsxTask } from './simulate-task.js';

export const taskId = z
  .string()
  .min(12)
  .max(128)
  .regex(/^task-[0-9a-f]{17,}$/);

const cancelInput = z.object({ TaskId: taskId });

/** @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_CancelDataRepositoryTask.html */
export function cancelTask(call: FsxCall): FsxOutput {
  const { world, input } = call;
  const { TaskId } = readInput(cancelInput, input, world.settings.switches);
  const task = knownTask(call, TaskId);
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
  const effect = cancel(task, now, world.settings.switches);
  const wasCanceled = !effect && task.timeline.stateAt(now) === 'canceled';
  const Lifecycle = wasCanceled ? 'CANCELED' : 'CANCELING';
  return { output: { TaskId, Lifecycle }, ...(effect && { effect: { task: task.id } }) };
}

const REFUSALS = {
  BadRequest: 'is canceled already, or about to be',
  DataRepositoryTaskEnded: 'has already ended',
} as const;

/** Whether this call is the one that canceled the task. */
function cancel({ id, timeline }: FsxTask, now: number, switches: FsxSwitches): boolean {
  const state = timeline.stateAt(now);
  if (state === 'waiting' || state === 'running') {
    timeline.cancel(now);
    return true;
  }
  const answer = answerTo(state, switches);
  if (answer === 'accept') return false;
  throw new FsxRefusal(answer, `The data repository task ${id} ${REFUSALS[answer]}.`);
}

function answerTo(state: TaskState, { cancelOfCanceling, cancelOfCanceled }: FsxSwitches) {
  if (state === 'canceling') return cancelOfCanceling;
  return state === 'canceled' ? cancelOfCanceled : 'DataRepositoryTaskEnded';
}
