import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { AUDIT_FORMATS, auditText } from '../../client/audit-text.js';
import type { AuditEntry } from '../../client/index.js';
import { parseDurationMs } from '../../contract/duration.js';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { withQuiesce } from '../with-quiesce.js';
import { formatByName, writeText } from '../write-text.js';

export function auditCommand(context: CliContext) {
  return new Command('audit')
    .summary('export who cancelled what, and why')
    .description(
      'Exports who asked what of cancellations and campaigns, why, and what came of it: one entry for each thing that was asked, out of the histories that Temporal keeps. It goes back as far as the namespace keeps them.',
    )
    .addOption(
      new Option('--since <when>', 'what was asked, or has ended, since then, such as 7d').argParser(moment),
    )
    .addOption(
      new Option('--until <when>', 'what was asked, or has ended, before, such as 2026-11-01').argParser(
        moment,
      ),
    )
    .option('--caller <who>', 'what was done under this name')
    .option('--connection <name>', 'of this connection')
    .addOption(
      new Option('--format <format>', "the format (default: by the file's name, else ndjson)").choices(
        AUDIT_FORMATS,
      ),
    )
    .option('--to <file>', 'where to (default: standard output)')
    .action(async ({ format, to, ...filter }) => {
      await withQuiesce(async (quiesce) => {
        const unreadable = { count: 0, first: '' };
        const entries = watched(quiesce.audit(filter), unreadable);
        await writeText(
          auditText(entries, format ?? formatByName(to, AUDIT_FORMATS) ?? 'ndjson'),
          to,
          context,
        );
        const { count, first } = unreadable;
        if (count > 0)
          throw new CliError(`${count} entries say that they could not be read. The first: ${first}`);
      });
    });
}

/** A trail that is not whole must not pass for one that is. */
async function* watched(entries: AsyncIterable<AuditEntry>, seen: { count: number; first: string }) {
  for await (const entry of entries) {
    const { unreadable, workflowId } = entry;
    if (unreadable !== undefined && seen.count++ === 0) seen.first = `${workflowId}: ${unreadable}`;
    yield entry;
  }
}

/** Without a zone, the same command would mean another time on another machine; a date alone is UTC to `Date`, too. */
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** A time, or how long ago it was. */
function moment(text: string): Date {
  const agoMs = parseDurationMs(text);
  const at = agoMs === undefined ? new Date(text) : new Date(Date.now() - agoMs);
  const isOne = agoMs !== undefined || MOMENT.test(text);
  if (isOne && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError(
    'It must be a date (from midnight UTC), a time with its zone, such as 2026-11-01T12:00:00Z, or how long ago it was, such as 7d.',
  );
}
