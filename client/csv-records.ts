import { CsvError, parse } from 'csv-parse/sync';
import type { TargetLine } from './target-lines.js';
import { LONGEST_ROW_BYTES } from './target-row.js';

/** The cells of one record, and the line it begins in; or why there are none. */
export type CsvRecord = { readonly line: number } & (
  | { readonly cells: readonly string[] }
  | { readonly problem: string }
);

const QUOTES_DO_NOT_MATCH =
  'The quotes do not match: put the whole cell in quotes, and write each quote in it twice.';

interface TextLine {
  readonly line: number;
  readonly text: string;
}

/** A call of the parser costs more than a record does. */
const BATCH = 100;

/**
 * The records of a CSV file, without blank and comment lines. A record is given to the parser as soon as its quotes are even:
 * one whose quotes are not costs itself, not all that follow it.
 */
export async function* csvRecords(lines: AsyncIterable<TargetLine>): AsyncIterable<CsvRecord> {
  const whole: TextLine[] = [];
  const open: TextLine[] = [];
  let openSize = 0;
  for await (const line of lines) {
    const isText = 'text' in line;
    if (isText && open.length === 0 && hasEvenQuotes(line)) {
      if (!isBlank(line)) whole.push(line);
      if (whole.length < BATCH) continue;
    }
    yield* parsedLines(whole.splice(0));
    if (!isText) yield line;
    else if (open.length > 0 || !hasEvenQuotes(line)) {
      open.push(line);
      openSize += line.text.length;
      // A quote that is open stays so, whatever stands between.
      if (open.length > 1 && hasEvenQuotes(line) && openSize <= LONGEST_ROW_BYTES) continue;
      yield* settled(open, false);
      openSize = sizeOf(open);
    }
  }
  yield* parsedLines(whole);
  yield* settled(open, true);
}

function* parsedLines(lines: readonly TextLine[]): Iterable<CsvRecord> {
  if (lines.length === 0) return;
  const records = parsed(lines);
  for (const [place, line] of lines.entries()) {
    const cells = records === undefined ? parsed([line])?.[0] : records[place];
    yield* toRecord(line, cells);
  }
}

/** Of lines that begin with an open quote: the records that are known. */
function* settled(open: TextLine[], isLast: boolean): Iterable<CsvRecord> {
  for (let [first] = open; first !== undefined; [first] = open) {
    if (isBlank(first)) {
      open.shift();
      continue;
    }
    const length = evenLength(open);
    if (length === undefined && !isLast && sizeOf(open) <= LONGEST_ROW_BYTES) return;
    const cells = parsed(open.slice(0, length ?? 1))?.[0];
    yield* toRecord(first, cells);
    // What is not one record may be several: only its first line is lost.
    open.splice(0, cells === undefined ? 1 : length);
  }
}

function isBlank({ text }: TextLine): boolean {
  return /^\s*(#|$)/.test(text);
}

/** How many lines the first record has: until its quotes are even. */
function evenLength(lines: readonly TextLine[]): number | undefined {
  let isEven = true;
  const end = lines.findIndex((line) => (isEven = isEven === hasEvenQuotes(line)));
  return end < 0 ? undefined : end + 1;
}

function hasEvenQuotes({ text }: TextLine): boolean {
  return text.split('"').length % 2 === 1;
}

function sizeOf(lines: readonly TextLine[]): number {
  return lines.reduce((size, { text }) => size + text.length, 0);
}

function* toRecord({ line }: TextLine, cells: readonly string[] | undefined): Iterable<CsvRecord> {
  if (cells === undefined) yield { line, problem: QUOTES_DO_NOT_MATCH };
  else if (cells.some((cell) => cell !== '')) yield { line, cells };
}

/** The cells of each record, or undefined when not all are well formed. */
function parsed(lines: readonly TextLine[]): string[][] | undefined {
  try {
    return parse(lines.map(({ text }) => text).join('\n'), {
      trim: true,
      record_delimiter: '\n',
      relax_column_count: true,
      max_record_size: 0,
    });
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}
