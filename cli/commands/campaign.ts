import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { findCommand } from './campaign/find.js';
import { listCommand } from './campaign/list.js';
import { planCommand } from './campaign/plan.js';
import { rateCommand } from './campaign/rate.js';
import { reportCommand } from './campaign/report.js';
import { retryCommand } from './campaign/retry.js';
import { scheduleCommand } from './campaign/schedule.js';
import { startCommand } from './campaign/start.js';
import { statusCommand } from './campaign/status.js';
import { steeringCommands } from './campaign/steering.js';
import { watchCommand } from './campaign/watch.js';

/** `quiesce campaign …`: many tasks at once. */
export function campaignCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('campaign')
    .summary('cancel many tasks: plan, start, watch, report')
    .description(
      'Cancels up to a hundred thousand tasks, of several connections if need be, and proves how each ended. Plan first: nothing is asked of any vendor before a campaign is started.',
    );
  // In the order of the help.
  const commands = [
    planCommand(context),
    startCommand(context),
    statusCommand(context),
    watchCommand(context),
    ...steeringCommands(context),
    rateCommand(context),
    retryCommand(context),
    reportCommand(context),
    listCommand(context),
    findCommand(context),
    scheduleCommand(context),
  ];
  for (const each of commands) command.addCommand(each);
  return command;
}
