import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignHandle, Quiesce } from '../../../client/index.js';
import { checkConfirmable, confirmTargets } from '../../campaign/confirm.js';
import { followCampaign } from '../../campaign/follow-campaign.js';
import { addCampaign, prepareCampaign, type TypedCampaign } from '../../campaign/new-campaign.js';
import { beginCampaign, planCampaign } from '../../campaign/plan-campaign.js';
import { renderPlan } from '../../campaign/render-plan.js';
import { startPlan } from '../../campaign/start-plan.js';
import { usageError } from '../../cli-error.js';
import type { CliContext } from '../../context.js';
import { commandLine } from '../../invocation.js';
import { printAnswer } from '../../print.js';
import { withQuiesce } from '../../with-quiesce.js';

interface TypedStart extends TypedCampaign {
  readonly yes?: true;
  readonly wait?: true;
}

/** What says something about a start itself; all else belongs to the plan. */
const OF_A_START = ['reason', 'requestedBy', 'output', 'wait', 'yes'];

export function startCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('start')
    .summary('start a plan, or plan and start')
    .description(
      'Starts a plan by its id: every target is looked at again, and the start is refused when more than --max-drift have changed. With the options of `plan` instead, it plans, has the number of targets typed, and starts; with --yes, it starts at once.',
    )
    .argument('[campaign]', "the plan's id")
    .option('--yes', 'start without a plan to confirm')
    .option('--wait', 'stay until it has ended; the exit code then says how');
  addCampaign(command);
  return command.action(async (...[given]) => {
    const typed = command.opts() as unknown as TypedStart;
    const begin =
      typeof given === 'string'
        ? plannedStart(command, given, typed, context)
        : await newStart(command, typed, context);
    await withQuiesce(async (quiesce) => {
      const handle = await begin(quiesce);
      const { id } = handle;
      if (typed.wait === true) return followCampaign(handle, context, typed.output);
      printAnswer(context.terminal, typed.output, { id }, () =>
        [
          `Started: ${id} is under way. Follow it with:`,
          `  ${commandLine(context, ['campaign', 'watch', id])}`,
        ].join('\n'),
      );
    });
  });
}

type Begin = (quiesce: Quiesce) => Promise<CampaignHandle>;

function plannedStart(
  command: CommandUnknownOpts,
  id: string,
  typed: TypedStart,
  context: CliContext,
): Begin {
  const other = command.options.find(
    (option) =>
      !OF_A_START.includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (other !== undefined)
    throw usageError(
      `A plan is started as it was made: leave out ${other.long}, or make a new plan. Nothing was started.`,
    );
  return (quiesce) => startPlan(quiesce.campaigns.get(id), typed, context);
}

async function newStart(command: CommandUnknownOpts, typed: TypedStart, context: CliContext): Promise<Begin> {
  const { output, yes = false } = typed;
  if (yes && typed.maxDrift !== undefined)
    throw usageError(
      '--max-drift guards what a plan saw, and --yes starts without one: leave one of them out. Nothing was started.',
    );
  if (!yes) checkConfirmable(context, typed);
  const prepared = await prepareCampaign(context, command, typed);
  if (yes) return (quiesce) => beginCampaign('start', quiesce, prepared, context, output);
  return async (quiesce) => {
    const { handle, progress, plan } = await planCampaign(quiesce, prepared, context, output);
    if (plan === undefined) return handle;
    const { terminal } = context;
    terminal.out.write(`${renderPlan(progress, plan, terminal).join('\n')}\n`);
    await confirmTargets(progress, context);
    return startPlan(handle, typed, context);
  };
}
