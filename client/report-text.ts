import { stringify } from 'csv-stringify/sync';
import type { CampaignProgress } from '../contract/campaign.js';
import { isOutcome } from '../contract/campaign.js';
import type { ReportRow } from './campaign-types.js';
import { OUTCOMES } from './outcomes.js';
import { markdownHead, markdownRow } from './report-markdown.js';

export const REPORT_FORMATS = ['csv', 'ndjson', 'json', 'md'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** In the order of the file; never renamed or moved, new ones come last. */
const COLUMNS = [
  'task',
  'state',
  'lastState',
  'seenAt',
  'asks',
  'askedAt',
  'code',
  'message',
  'provider',
  'connection',
  'campaign',
  'lane',
  'seenBy',
  'askedBy',
  'clientToken',
] as const satisfies readonly (keyof ReportRow)[];

/** How one format begins, writes rows, and ends. */
interface Writer {
  readonly head: string;
  readonly rows: (rows: readonly ReportRow[], isFirst: boolean) => string;
  readonly foot: string;
}

const WRITERS = {
  csv: () => ({
    head: `${COLUMNS.join(',')}\r\n`,
    // What a vendor says may begin with "=": a spreadsheet must not run it.
    rows: (rows) =>
      stringify([...rows], { columns: [...COLUMNS], record_delimiter: 'windows', escape_formulas: true }),
    foot: '',
  }),
  ndjson: () => ({
    head: '',
    rows: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    foot: '',
  }),
  json: () => ({
    head: '[',
    rows: (rows, isFirst) => (isFirst ? '\n' : ',\n') + rows.map((row) => JSON.stringify(row)).join(',\n'),
    foot: '\n]\n',
  }),
  md: (progress) => ({
    head: markdownHead(progress),
    rows: (rows) => rows.filter(needsAttention).map(markdownRow).join(''),
    foot: '',
  }),
} as const satisfies Record<ReportFormat, (progress: CampaignProgress) => Writer>;

/** Rows that are written at a time. */
const CHUNK = 250;

/** A report as text, piece by piece: a campaign of any size passes through little memory. */
export async function* reportText(
  rows: AsyncIterable<ReportRow>,
  progress: CampaignProgress,
  format: ReportFormat,
): AsyncGenerator<string> {
  const writer: Writer = WRITERS[format](progress);
  yield writer.head;
  let chunk: ReportRow[] = [];
  let isFirst = true;
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < CHUNK) continue;
    yield writer.rows(chunk, isFirst);
    [chunk, isFirst] = [[], false];
  }
  if (chunk.length > 0) yield writer.rows(chunk, isFirst);
  yield writer.foot;
}

/** Whether a person has to look at it: it is not proven to have ended. */
function needsAttention({ state }: ReportRow): boolean {
  return !isOutcome(state) || !OUTCOMES[state].settled;
}
