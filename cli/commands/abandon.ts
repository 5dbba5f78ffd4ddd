import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { nameOption, outputOption, whoIsAsking } from '../options.js';
import { printAnswer } from '../print.js';
import { withCancellation } from '../with-quiesce.js';

export function abandonCommand(context: CliContext) {
  return new Command('abandon')
    .summary('stop waiting for a cancellation')
    .description(
      'Stops waiting for the end of a task: its cancellation ends unproven, with who gave up and why. What was asked of the vendor stays asked.',
    )
    .argument('<id|uri>', "the cancellation's id, or its task's URI")
    .requiredOption('--reason <text>', 'why; kept with the verdict')
    .addOption(nameOption('--by <who>', 'who gives up; kept with the verdict'))
    .addOption(outputOption())
    .action(async (idOrUri, { reason, by = whoIsAsking(context.env), output }) => {
      await withCancellation(idOrUri, async (handle) => {
        await handle.abandon({ by, reason });
        const { id } = handle;
        const text = () => `Abandoned: ${id} ends as soon as it has looked once more.`;
        printAnswer(context.terminal, output, { id, abandoned: true, by, reason }, text);
      });
    });
}
