import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignHandle } from '../../../client/index.js';
import { OUTCOME_NAMES, sumOf, TO_RETRY } from '../../../client/outcomes.js';
import type { TargetOutcome } from '../../../contract/campaign.js';
import { addGuards, toCampaignOptions, type TypedGuards } from '../../campaign/guard-options.js';
import { interrupted } from '../../campaign/plan-campaign.js';
import { readProtected } from '../../campaign/read-protected.js';
import { addReason, type TypedReason } from '../../campaign/reason-option.js';
import { withInterrupt } from '../../campaign/with-interrupt.js';
import { callbackFrom } from '../../callback-from.js';
import { CliError, usageError } from '../../cli-error.js';
import type { CliContext } from '../../context.js';
import { commandLine } from '../../invocation.js';
import { callbackUrlOption, outputOption, whoIsAsking, type OutputFormat } from '../../options.js';
import { printAnswer } from '../../print.js';
import { count } from '../../text.js';
import { withQuiesce } from '../../with-quiesce.js';

interface TypedRetry extends TypedGuards, TypedReason {
  readonly outcome?: TargetOutcome[];
  readonly callbackUrl?: string;
  readonly output: OutputFormat;
}

export function retryCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('retry')
    .summary('a new campaign of what another left undone')
    .description(
      'Starts a new campaign of the targets of an ended one that are unproven, refused, errored or left alone. Guards are those given here: it does not take over those of the other.',
    )
    .argument('<campaign>', "the ended campaign's id")
    .addOption(
      new Option('--outcome <outcome...>', `which targets (default: ${TO_RETRY.join(', ')})`).choices(
        OUTCOME_NAMES,
      ),
    );
  addGuards(command);
  addReason(command, "default: that it is a retry, and the other's reason");
  command.addOption(callbackUrlOption()).addOption(outputOption());
  return command.action(async (...[given]) => {
    const id = String(given);
    const typed = command.opts() as unknown as TypedRetry;
    const { outcome: outcomes = TO_RETRY, requestedBy = whoIsAsking(context.env), output } = typed;
    const callback = await callbackFrom(context, command, typed);
    const protect = await readProtected(typed.protect ?? [], context.cwd);
    await withQuiesce(async (quiesce) => {
      const { end, states, reason: before } = await quiesce.campaigns.get(id).progress();
      if (end === undefined)
        throw usageError(
          `${id} has not ended: retry it once it has, or abort it first. Nothing was started.`,
        );
      const targets = sumOf(states, outcomes);
      if (targets === 0)
        throw new CliError(`${id} has no target that is ${orList(outcomes)}. Nothing was started.`);
      const { reason = `retry of ${id}: ${before}` } = typed;
      const campaign = { ...toCampaignOptions(typed, protect), ...callback, outcomes, reason, requestedBy };
      const retried = await withInterrupt(
        (done?: CampaignHandle) => interrupted('start', done?.id, context),
        (signal) => quiesce.campaigns.retry(id, campaign, { signal }),
      );
      printAnswer(context.terminal, output, { id: retried.id }, () =>
        [
          `Started: ${retried.id} asks again for ${count(targets, 'target')} of ${id}. Follow it with:`,
          `  ${commandLine(context, ['campaign', 'watch', retried.id])}`,
        ].join('\n'),
      );
    });
  });
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
