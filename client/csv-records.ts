import { CsvError, parse } from 'csv-parse/sync';
import type { TargetLine } from './target-lines.js';
import { LONGEST_ROW_BYTES } from './target-row.js';

/** The cells of one record, and the line it begins in; or why there are none. */
export type CsvRecord = { readonly line: number } & (
  | { readonly cells: readonly string[] }
  | { readonly problem: string }
);

interface TextLine {
  readonly line: number;
  readonly text: string;
}

/**
 * The records of a CSV file, without blank and comment lines. A record is given to the parser as soon as its quotes are even:
 * one whose quotes are not costs itself, not all that follow it.
 */
export async function* csvRecords(lines: AsyncIterable<TargetLine>): AsyncIterable<CsvRecord> {
  const pending: TextLine[] = [];
  for await (const line of lines) {
    if ('problem' in line) {
      yield line;
      continue;
    }
    pending.push(line);
    yield* settled(pending, false);
  }
  yield* settled(pending, true);
}

function* settled(pending: TextLine[], isLast: boolean): Iterable<CsvRecord> {
  for (let [first] = pending; first !== undefined; [first] = pending) {
    if (/^\s*(#|$)/.test(first.text)) {
      pending.shift();
      continue;
    }
    const length = evenLength(pending);
    if (length === undefined && !isLast && sizeOf(pending) <= LONGEST_ROW_BYTES) return;
    const record = {
      line: first.line,
      ...cellsOf(pending.slice(0, length ?? 1).map(({ text }) => text)),
    };
    // What is not one record may be several: only its first line is lost.
    pending.splice(0, 'problem' in record ? 1 : length);
    if ('problem' in record || record.cells.some((cell) => cell !== '')) yield record;
  }
}

/** How many lines the first record has: until there are as many opening as closing quotes. */
function evenLength(lines: readonly TextLine[]): number | undefined {
  let quotes = 0;
  const end = lines.findIndex(({ text }) => (quotes += text.split('"').length - 1) % 2 === 0);
  return end < 0 ? undefined : end + 1;
}

function sizeOf(lines: readonly TextLine[]): number {
  return lines.reduce((size, { text }) => size + text.length, 0);
}

function cellsOf(lines: readonly string[]): { cells: readonly string[] } | { problem: string } {
  try {
    const [cells = []] = parse(lines.join('\n'), { trim: true, record_delimiter: '\n', max_record_size: 0 });
    return { cells };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return {
      problem: 'The quotes do not match: put the whole cell in quotes, and write each quote in it twice.',
    };
  }
}
