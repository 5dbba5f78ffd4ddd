import type { z } from 'zod';
import { toTaskRef } from '../client/to-task-ref.js';
import type { Config } from '../config/load-config.js';
import type { TaskRef } from '../contract/task.js';
import { mayUse, type Caller } from './caller.js';
import { ProblemError } from './problem.js';
import type { cancelRequestSchema } from './schemas/cancel-request.js';

/**
 * The task of a request, checked before anything is started: that it can be one, that this caller may cancel it, and that
 * there is a connection for it.
 * @throws InvalidTaskError; ProblemError `forbidden`, `unknown-connection` or `invalid-request`.
 */
export function checkedTask(
  { task: named, onRunningSubtasks = 'wait', deleteEnded = false }: z.output<typeof cancelRequestSchema>,
  { connections }: Config,
  caller: Caller,
): TaskRef {
  const task = toTaskRef(named);
  refuseOthersConnection(caller, task.connection);
  const connection = connections.get(task.connection);
  if (connection === undefined)
    throw new ProblemError(
      'unknown-connection',
      `There is no connection "${task.connection}"; /v1/connections lists those there are.`,
    );
  const { id, hasSubtasks = false, cancelLeaves } = connection.provider;
  if (id !== task.provider)
    throw new ProblemError(
      'unknown-connection',
      `Connection ${task.connection} is of provider ${id}, not ${task.provider}.`,
    );
  if (onRunningSubtasks !== 'wait' && !hasSubtasks)
    throw new ProblemError(
      'invalid-request',
      `onRunningSubtasks ${onRunningSubtasks} is not for ${id}: its tasks have no subtasks. Leave it out.`,
    );
  if (deleteEnded && cancelLeaves !== 'nothing')
    throw new ProblemError(
      'invalid-request',
      `deleteEnded is not for ${id}: its cancel leaves the task's record. Leave it out.`,
    );
  return task;
}

/** @throws ProblemError `forbidden`; the same whether or not there is anything of that connection. */
export function refuseOthersConnection(caller: Caller, connection: string): void {
  if (mayUse(caller, connection)) return;
  throw new ProblemError('forbidden', `${caller.name} may not use connection ${connection}.`);
}
