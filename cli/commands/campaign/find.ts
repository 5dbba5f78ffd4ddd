import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { storyLines } from '../../campaign/render-story.js';
import { CliError } from '../../cli-error.js';
import type { CliContext } from '../../context.js';
import { EXIT } from '../../exit-codes.js';
import { outputOption, wholeNumber } from '../../options.js';
import { printArray } from '../../print.js';
import { plain } from '../../text.js';
import { withQuiesce } from '../../with-quiesce.js';

export function findCommand(context: CliContext): CommandUnknownOpts {
  return new Command('find')
    .summary("tell one task's story in the campaigns that had it")
    .description(
      "Tells one task's story in the campaigns that had it, the newest first. By its URI, the campaigns of its connection are asked; by its id alone, those of all.",
    )
    .argument('<task>', "the task's URI, or its id as the vendor shows it")
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 1_000_000)).default(10))
    .addOption(outputOption())
    .action(async (task, { output, limit }) => {
      const { terminal } = context;
      await withQuiesce(async (quiesce) => {
        const found = quiesce.campaigns.find(task, { limit });
        if (output === 'json') return printArray(found, terminal.out);
        let stories = 0;
        for await (const row of found) {
          terminal.out.write(`${stories++ === 0 ? '' : '\n'}${storyLines(row, terminal).join('\n')}\n`);
        }
        if (stories === 0) throw new CliError(`No campaign has had ${plain(task)}.`, EXIT.notFound);
      });
    });
}
