import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignSchedule } from '../../../client/campaign-schedules.js';
import { withSchedules } from '../../campaign/with-schedules.js';
import type { CliContext } from '../../context.js';
import { outputOption } from '../../options.js';
import { printAnswer } from '../../print.js';
import { columns, dateAndTime, plain } from '../../text.js';

export function scheduleListCommand(context: CliContext): CommandUnknownOpts {
  return new Command('list')
    .summary('list the schedules')
    .description('Lists the schedules, with when the next campaign is due and what the last one was.')
    .addOption(outputOption())
    .action(async ({ output }) => {
      const { terminal } = context;
      await withSchedules(async (schedules) => {
        const found: CampaignSchedule[] = [];
        for await (const schedule of schedules.list()) found.push(schedule);
        if (output === 'text' && found.length === 0) terminal.err.write('There are no schedules.\n');
        else printAnswer(terminal, output, found, () => table(found, terminal.style));
      });
    });
}

function table(schedules: readonly CampaignSchedule[], style: CliContext['terminal']['style']): string {
  const [header = '', ...lines] = columns([
    ['NAME', 'WHEN', 'NEXT', 'LAST CAMPAIGN', 'REASON'],
    ...schedules.map((schedule) => [
      schedule.name,
      schedule.recurrence,
      nextOf(schedule),
      schedule.lastCampaign ?? '-',
      plain(schedule.reason),
    ]),
  ]);
  return [style('bold', header), ...lines].join('\n');
}

function nextOf({ paused, note, nextAt }: CampaignSchedule): string {
  if (paused) return note === undefined ? 'paused' : `paused: ${plain(note)}`;
  return nextAt === undefined ? '-' : dateAndTime(nextAt);
}
