import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { failureOf } from '../follow.js';
import { globalOptions, outputOption } from '../options.js';
import { printAnswer } from '../print.js';
import { renderResult } from '../render-result.js';
import { statusLines } from '../render-status.js';
import { uiUrlOf } from '../../client/ui-url.js';
import { withCancellation } from '../with-quiesce.js';

export function statusCommand(context: CliContext) {
  return new Command('status')
    .summary('say where a cancellation is')
    .description(
      'Says where a cancellation is: what the vendor said last, or the verdict with its evidence once it has ended.',
    )
    .argument('<id|uri>', "the cancellation's id, or its task's URI")
    .addOption(outputOption())
    .action(async (idOrUri, { output }, command) => {
      const { uiUrl } = globalOptions(command);
      await withCancellation(idOrUri, async (handle, quiesce) => {
        const status = await handle.status();
        if (output === 'text' && status.failure !== undefined) throw failureOf(status);
        const { terminal } = context;
        const ui = uiUrlOf(uiUrl, quiesce.client.options.namespace, status);
        printAnswer(terminal, output, status, () => {
          const { result } = status;
          const lines =
            result === undefined
              ? statusLines(status, terminal, Date.now(), ui)
              : renderResult(result, terminal, ui);
          return lines.join('\n');
        });
      });
    });
}
