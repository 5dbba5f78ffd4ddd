import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { follow } from '../follow.js';
import { globalOptions, outputOption } from '../options.js';
import { withCancellation } from '../with-quiesce.js';

export function watchCommand(context: CliContext) {
  return new Command('watch')
    .summary('follow a cancellation to its verdict')
    .description(
      'Follows a cancellation to its verdict, as `cancel --wait` does. With --output json, every change is one line.',
    )
    .argument('<id|uri>', "the cancellation's id, or its task's URI")
    .addOption(outputOption())
    .action(async (idOrUri, { output }, command) => {
      const { uiUrl } = globalOptions(command);
      await withCancellation(idOrUri, (handle, quiesce) =>
        follow(handle, context, {
          output,
          everyChange: true,
          uiUrl,
          namespace: quiesce.client.options.namespace,
        }),
      );
    });
}
