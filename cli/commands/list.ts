import { Command, Option } from '@commander-js/extra-typings';
import type { CancellationSummary } from '../../client/types.js';
import { CANCEL_PHASES, VERDICTS } from '../../contract/cancellation.js';
import type { CliContext } from '../context.js';
import { outputOption, wholeNumber, type OutputFormat } from '../options.js';
import { printArray } from '../print.js';
import { columns, dateAndTime, plain } from '../text.js';
import { verdictSentence } from '../verdict-sentences.js';
import { withQuiesce } from '../with-quiesce.js';

export function listCommand(context: CliContext) {
  return new Command('list')
    .summary('list cancellations, the newest first')
    .description(
      'Lists cancellations, the newest first. Temporal may show a change some seconds late here; `quiesce status` is exact.',
    )
    .option('--connection <name>', 'of this connection')
    .option('--provider <id>', 'of this provider')
    .addOption(new Option('--phase <phase>', 'in this phase').choices(CANCEL_PHASES))
    .addOption(new Option('--verdict <verdict>', 'that ended with this verdict').choices(VERDICTS))
    .option('--requested-by <who>', 'asked for by this person or service')
    .option('--campaign <id>', 'of this campaign')
    .option('--running', 'that have not ended')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 1_000_000)).default(100))
    .addOption(outputOption())
    .action(async ({ output, ...filter }) => {
      await withQuiesce(async (quiesce) => print(quiesce.list(filter), output, filter.limit, context));
    });
}

async function print(
  summaries: AsyncIterable<CancellationSummary>,
  output: OutputFormat,
  limit: number,
  { terminal }: CliContext,
): Promise<void> {
  if (output === 'json') return printArray(summaries, terminal.out);
  const rows: CancellationSummary[] = [];
  for await (const summary of summaries) rows.push(summary);
  if (rows.length === 0) return void terminal.err.write('No cancellations match.\n');
  const [header = '', ...lines] = columns([['STATE', 'STARTED', 'REQUESTED BY', 'TASK'], ...rows.map(cells)]);
  const colored = lines.map((line, index) => colorState(line, rows[index], terminal));
  terminal.out.write(`${[terminal.style('bold', header), ...colored].join('\n')}\n`);
  if (rows.length === limit) terminal.err.write(`The newest ${limit}; more with --limit.\n`);
}

function cells(summary: CancellationSummary): string[] {
  return [
    stateOf(summary),
    dateAndTime(summary.startedAt),
    plain(summary.requestedBy ?? '-'),
    summary.task ?? summary.id,
  ];
}

function stateOf({ verdict, phase, workflowStatus }: CancellationSummary): string {
  if (workflowStatus === 'RUNNING') return phase ?? 'starting';
  return verdict ?? workflowStatus.toLowerCase();
}

function colorState(
  line: string,
  summary: CancellationSummary | undefined,
  terminal: CliContext['terminal'],
): string {
  if (summary === undefined) return line;
  const state = stateOf(summary);
  const format = summary.verdict === undefined ? 'cyan' : verdictSentence(summary.verdict).format;
  return terminal.style(format, state) + line.slice(state.length);
}
