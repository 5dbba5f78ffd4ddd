import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { outputOption } from '../options.js';
import { printAnswer } from '../print.js';
import { withCancellation } from '../with-quiesce.js';

export function pollNowCommand(context: CliContext) {
  return new Command('poll-now')
    .summary('look at the task now instead of at the next poll')
    .description(
      'Has a cancellation look at its task now instead of at its next poll, for example once a credential is mended.',
    )
    .argument('<id|uri>', "the cancellation's id, or its task's URI")
    .addOption(outputOption())
    .action(async (idOrUri, { output }) => {
      await withCancellation(idOrUri, async (handle) => {
        await handle.pollNow();
        const { id } = handle;
        printAnswer(context.terminal, output, { id, polled: true }, () => `${id} looks at its task now.`);
      });
    });
}
