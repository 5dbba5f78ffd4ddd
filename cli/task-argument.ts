import { parseTaskUri, type TaskRef } from '../contract/task.js';
import { usageError } from './cli-error.js';
import type { CliContext } from './context.js';
import { connectionNamed, readConfig, readConfigIfAny } from './read-config.js';

interface TaskArguments {
  readonly connection: string | undefined;
  readonly ids: readonly string[];
  readonly uri: string | undefined;
  readonly config: string | undefined;
}

/** The task that was meant, from `<connection> <ids…>` or `--task <uri>`. */
export async function taskFromArguments(context: CliContext, typed: TaskArguments): Promise<TaskRef> {
  const { connection, ids, uri, config } = typed;
  if (uri !== undefined) {
    if (connection !== undefined) throw usageError('Give either a connection and ids or --task, not both.');
    return taskFromUri(context, uri, config);
  }
  if (connection === undefined) {
    throw usageError(
      'Which task? Give a connection and the ids of its task, or --task <uri>; see `quiesce cancel --help`.',
    );
  }
  const { provider } = connectionNamed(await readConfig(context, config), connection);
  const { toTaskRefFromIds } = await import('../client/to-task-ref.js');
  return toTaskRefFromIds(provider, connection, [...ids]);
}

/** A URI needs no config; where there is one, it must know the connection: the Worker would not either. */
async function taskFromUri(
  context: CliContext,
  uri: string,
  configPath: string | undefined,
): Promise<TaskRef> {
  const { toTaskRef } = await import('../client/to-task-ref.js');
  const task = toTaskRef(uri);
  const config = await readConfigIfAny(context, configPath);
  if (config !== undefined) {
    const { provider } = connectionNamed(config, task.connection);
    if (provider.id !== task.provider) {
      throw usageError(`Connection ${task.connection} is of provider ${provider.id}, not ${task.provider}.`);
    }
  }
  return task;
}

/** Whether an argument is a task's URI; else it is a Workflow id. */
export function isTaskUri(text: string): boolean {
  return parseTaskUri(text) !== undefined;
}
