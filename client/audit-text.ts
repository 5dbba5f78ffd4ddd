import { stringify } from 'csv-stringify/sync';
import type { AuditEntry } from './audit-entry.js';

/** In the order of the file; never renamed or moved, new ones come last. */
const COLUMNS = [
  'at',
  'action',
  'by',
  'vouched',
  'reason',
  'task',
  'campaign',
  'connections',
  'asked',
  'refused',
  'outcome',
  'endedAt',
  'lastState',
  'requestIds',
  'clientTokens',
  'verdicts',
  'workflowId',
  'runId',
  'client',
  'unreadable',
] as const satisfies readonly (keyof AuditEntry)[];

/** How one format begins, and writes an entry. */
interface Writer {
  readonly head: string;
  readonly line: (entry: AuditEntry) => string;
}

const WRITERS = {
  ndjson: { head: '', line: (entry) => `${JSON.stringify(entry)}\n` },
  csv: {
    head: `${COLUMNS.join(',')}\r\n`,
    line: (entry) =>
      // What somebody gave as a reason may begin with "=": a spreadsheet must not run it.
      stringify([COLUMNS.map((name) => cell(entry[name]))], {
        record_delimiter: 'windows',
        escape_formulas: true,
      }),
  },
} as const satisfies Record<string, Writer>;

export type AuditFormat = keyof typeof WRITERS;
export const AUDIT_FORMATS = Object.keys(WRITERS) as AuditFormat[];

/** The trail as text, piece by piece: one of any length passes through little memory. */
export async function* auditText(
  entries: AsyncIterable<AuditEntry>,
  format: AuditFormat,
): AsyncGenerator<string> {
  const { head, line } = WRITERS[format];
  if (head !== '') yield head;
  for await (const entry of entries) yield line(entry);
}

/** Lists of words with blanks between them, else JSON. */
function cell(value: AuditEntry[keyof AuditEntry]): string {
  if (typeof value === 'object') return Array.isArray(value) ? value.join(' ') : JSON.stringify(value);
  return String(value ?? '');
}
