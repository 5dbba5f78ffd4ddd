import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { addCampaign, prepareCampaign, type TypedCampaign } from '../../campaign/new-campaign.js';
import { planCampaign } from '../../campaign/plan-campaign.js';
import { statusLines } from '../../campaign/render-status.js';
import type { CliContext } from '../../context.js';
import { printAnswer } from '../../print.js';
import { withQuiesce } from '../../with-quiesce.js';

export function planCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('plan')
    .summary('look at every target, and say what a campaign would do')
    .description(
      'Takes in the targets, looks at each, and says what would be canceled, what has ended already, what is protected, and what it costs. Nothing is asked of any vendor. A plan waits a day for `quiesce campaign start`.',
    );
  addCampaign(command);
  return command.action(async () => {
    const typed = command.opts() as unknown as TypedCampaign;
    const prepared = await prepareCampaign(context, command, typed);
    await withQuiesce(async (quiesce) => {
      const { progress } = await planCampaign(quiesce, prepared, context, typed.output);
      const { id, phase, targets, plan } = progress;
      printAnswer(context.terminal, typed.output, { id, phase, targets, plan }, () =>
        statusLines(progress, context, { nowMs: Date.now() }).join('\n'),
      );
    });
  });
}
