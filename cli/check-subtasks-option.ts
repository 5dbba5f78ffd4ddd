import type { OnRunningSubtasks } from '../contract/cancellation.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import { usageError } from './cli-error.js';

/**
 * Refuses `--on-running-subtasks cancel` and `fail` for a task that can have none: whoever types them expects something of
 * them. The default is right for every task, and programs may send any of them with any.
 * @param provider the id of a provider of the registry.
 * @throws CliError that names the providers it is for.
 */
export function checkSubtasksOption(provider: string, way: OnRunningSubtasks): void {
  const having = ALL_PROVIDERS.filter(({ hasSubtasks }) => hasSubtasks === true).map(({ id }) => id);
  if (way === 'wait' || having.includes(provider)) return;
  throw usageError(
    `--on-running-subtasks ${way} is not for ${provider}: its tasks have no subtasks. It is for ${having.join(', ') || 'no provider'}; leave it out.`,
  );
}
