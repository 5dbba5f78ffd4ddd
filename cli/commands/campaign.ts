import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { scheduleCommand } from './campaign/schedule.js';

/** In the order of the help. */
const COMMANDS = [scheduleCommand] as const;

/** `quiesce campaign …`: many tasks at once. */
export function campaignCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('campaign')
    .summary('cancel many tasks: plan, start, watch, report')
    .description(
      'Cancels up to a hundred thousand tasks, of several connections if need be, and proves how each ended. Plan first: nothing is asked of any vendor before a campaign is started.',
    );
  for (const factory of COMMANDS) command.addCommand(factory(context));
  return command;
}
