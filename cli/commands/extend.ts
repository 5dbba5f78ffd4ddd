import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { durationOption, outputOption } from '../options.js';
import { printAnswer } from '../print.js';
import { dateAndTime } from '../text.js';
import { withCancellation } from '../with-quiesce.js';

export function extendCommand(context: CliContext) {
  return new Command('extend')
    .summary("move a cancellation's deadline")
    .description("Moves a cancellation's deadline later than it is set now.")
    .argument('<id|uri>', "the cancellation's id, or its task's URI")
    .addOption(durationOption('--by <duration>', 'by how much, such as 2h').makeOptionMandatory())
    .addOption(outputOption())
    .action(async (idOrUri, { by, output }) => {
      await withCancellation(idOrUri, async (handle) => {
        const { deadlineAt } = await handle.extendDeadline(by);
        const { id } = handle;
        const text = () => `${id} now waits until ${dateAndTime(deadlineAt)}.`;
        printAnswer(context.terminal, output, { id, deadlineAt }, text);
      });
    });
}
