import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { statusLines } from '../../campaign/render-status.js';
import { campaignStatus } from '../../../client/campaign-status.js';
import type { CliContext } from '../../context.js';
import { outputOption } from '../../options.js';
import { printAnswer } from '../../print.js';
import { withQuiesce } from '../../with-quiesce.js';

export function statusCommand(context: CliContext): CommandUnknownOpts {
  return new Command('status')
    .summary('say where a campaign is')
    .description('Says where a campaign is: its plan, its progress, or how it ended and what is left to do.')
    .argument('<campaign>', "the campaign's id")
    .addOption(outputOption())
    .action(async (id, { output }) => {
      await withQuiesce(async (quiesce) => {
        const progress = await quiesce.campaigns.get(id).live();
        const nowMs = Date.now();
        const lines = () => statusLines(progress, context, { nowMs }).join('\n');
        printAnswer(context.terminal, output, campaignStatus(progress, nowMs), lines);
      });
    });
}
