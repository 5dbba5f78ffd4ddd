import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignSummary } from '../../../client/index.js';
import type { CliContext } from '../../context.js';
import { outputOption, wholeNumber } from '../../options.js';
import { printArray } from '../../print.js';
import { columns, dateAndTime, plain } from '../../text.js';
import { withQuiesce } from '../../with-quiesce.js';

export function listCommand(context: CliContext): CommandUnknownOpts {
  return new Command('list')
    .summary('list campaigns, the newest first')
    .description(
      'Lists campaigns, the newest first. Temporal may show a change some seconds late here; `quiesce campaign status` is exact.',
    )
    .option('--running', 'that have not ended')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 1_000_000)).default(100))
    .addOption(outputOption())
    .action(async ({ output, limit, running }) => {
      const { terminal } = context;
      await withQuiesce(async (quiesce) => {
        const found = quiesce.campaigns.list({ limit, ...(running && { running }) });
        if (output === 'json') return printArray(found, terminal.out);
        const rows: CampaignSummary[] = [];
        for await (const summary of found) rows.push(summary);
        if (rows.length === 0) return void terminal.err.write('No campaigns match.\n');
        const [header = '', ...lines] = columns([
          ['PHASE', 'STARTED', 'REQUESTED BY', 'ID'],
          ...rows.map(cells),
        ]);
        terminal.out.write(`${[terminal.style('bold', header), ...lines].join('\n')}\n`);
        if (rows.length === limit) terminal.err.write(`The newest ${limit}; more with --limit.\n`);
      });
    });
}

/** A campaign that Temporal has closed in another way than to its end says so. */
function cells({ id, phase, requestedBy, startedAt, workflowStatus }: CampaignSummary): string[] {
  const isAsItSays = workflowStatus === 'RUNNING' || workflowStatus === 'COMPLETED';
  return [
    isAsItSays ? (phase ?? 'starting') : workflowStatus.toLowerCase(),
    dateAndTime(startedAt),
    plain(requestedBy ?? '-'),
    id,
  ];
}
