import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { REPORT_FORMATS, reportText, type ReportFormat } from '../../../client/report-text.js';
import { CliError } from '../../cli-error.js';
import type { CliContext } from '../../context.js';
import type { Sink } from '../../terminal.js';
import { withQuiesce } from '../../with-quiesce.js';

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
        const text = reportText(handle.report(), progress, format ?? formatByName(to) ?? 'md');
        if (to === undefined) return writeOut(text, context.terminal.out);
        await writeFile(text, resolve(context.cwd, to));
        context.terminal.err.write(`Wrote ${to}.\n`);
      });
    });
}

function formatByName(to: string | undefined): ReportFormat | undefined {
  return REPORT_FORMATS.find((format) => to?.toLowerCase().endsWith(`.${format}`));
}

/** No faster than whoever reads it. */
async function writeOut(text: AsyncIterable<string>, out: Sink): Promise<void> {
  for await (const piece of text)
    if (out.write(piece) === false && out instanceof Writable) await once(out, 'drain');
}

/** Beside its place first: a report that was cut off must not pass for a whole one. */
async function writeFile(text: AsyncIterable<string>, path: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(text, createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof Error && 'syscall' in error)
      throw new CliError(`The report cannot be written: ${error.message}`);
    throw error;
  }
}
