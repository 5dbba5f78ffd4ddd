import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CliContext } from '../../context.js';
import { scheduleCreateCommand } from './schedule-create.js';
import { scheduleListCommand } from './schedule-list.js';
import { scheduleSteeringCommands } from './schedule-steering.js';

/** `quiesce campaign schedule …`: campaigns that recur. */
export function scheduleCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('schedule')
    .summary('campaigns that recur, such as every night')
    .description(
      'Campaigns that recur: each time, Temporal starts one that looks for its targets anew. One whose time comes while the one before it still runs is skipped; after one that failed, the schedule is paused.',
    );
  const commands = [
    scheduleCreateCommand(context),
    scheduleListCommand(context),
    ...scheduleSteeringCommands(context),
  ];
  for (const each of commands) command.addCommand(each);
  return command;
}
