import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { REPORT_FORMATS, reportText } from '../../../client/report-text.js';
import type { CliContext } from '../../context.js';
import { withQuiesce } from '../../with-quiesce.js';
import { formatByName, writeText } from '../../write-text.js';

export function reportCommand(context: CliContext): CommandUnknownOpts {
  return new Command('report')
    .summary('tell what became of every target')
    .description(
      'Tells what became of every target, also while the campaign runs. csv, ndjson and json have a row for each; md is a summary with the targets that are not proven to have ended.',
    )
    .argument('<campaign>', "the campaign's id")
    .addOption(
      new Option('--format <format>', "the format (default: by the file's name, else md)").choices(
        REPORT_FORMATS,
      ),
    )
    .option('--to <file>', 'where to (default: standard output)')
    .action(async (id, { format, to }) => {
      await withQuiesce(async (quiesce) => {
        const handle = quiesce.campaigns.get(id);
        const progress = await handle.progress();
        const text = reportText(
          handle.report(),
          progress,
          format ?? formatByName(to, REPORT_FORMATS) ?? 'md',
        );
        await writeText(text, to, context);
      });
    });
}
