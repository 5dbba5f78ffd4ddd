import { LONGEST_ROW_BYTES, type TargetRow } from './target-row.js';

/** A line's text, or why it has none. */
export type TargetLine = { readonly line: number } & (
  | { readonly text: string }
  | { readonly problem: string }
);

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts bytes into lines. A line that is too long or not UTF-8 is a problem of its own; the next is read all the same. */
export async function* targetLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<TargetLine> {
  const cutter = new LineCutter();
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      cutter.append(chunk.subarray(start, end));
      yield cutter.cut();
      start = end + 1;
    }
    cutter.append(chunk.subarray(start));
  }
  if (cutter.size > 0) yield cutter.cut();
}

/** NDJSON: a value a line; blank lines say nothing. */
export async function* ndjsonRows(lines: AsyncIterable<TargetLine>): AsyncIterable<TargetRow> {
  for await (const row of lines) {
    if ('problem' in row) yield row;
    else if (row.text.trim() !== '') yield { line: row.line, ...parsed(row.text) };
  }
}

function parsed(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'This is no JSON; each line is one whole object, or one task URI in quotes.' };
  }
}

class LineCutter {
  size = 0;
  private line = 0;
  private parts: Uint8Array[] = [];
  /** It takes a byte order mark away, too. */
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  append(part: Uint8Array): void {
    this.size += part.length;
    if (this.size > LONGEST_ROW_BYTES) this.parts = [];
    else this.parts.push(part);
  }

  cut(): TargetLine {
    const { parts, size } = this;
    this.line += 1;
    this.parts = [];
    this.size = 0;
    const { line } = this;
    if (size > LONGEST_ROW_BYTES) {
      return {
        line,
        problem: `The line is longer than ${LONGEST_ROW_BYTES} bytes; put one target in a line.`,
      };
    }
    const bytes = Buffer.concat(parts);
    try {
      return {
        line,
        text: this.decoder.decode(bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes),
      };
    } catch {
      return { line, problem: 'The line holds bytes that are not UTF-8; save the file as UTF-8.' };
    }
  }
}
