import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { followCampaign } from '../../campaign/follow-campaign.js';
import type { CliContext } from '../../context.js';
import { outputOption } from '../../options.js';
import { withQuiesce } from '../../with-quiesce.js';

export function watchCommand(context: CliContext): CommandUnknownOpts {
  return new Command('watch')
    .summary('follow a campaign to its end')
    .description(
      'Follows a campaign to its end: a bar a connection, counts, pace, what is held and why. Ctrl-C leaves the campaign running. The exit code says how it ended. With --output json, every change is one line.',
    )
    .argument('<campaign>', "the campaign's id")
    .addOption(outputOption())
    .action(async (id, { output }) => {
      await withQuiesce((quiesce) => followCampaign(quiesce.campaigns.get(id), context, output));
    });
}
