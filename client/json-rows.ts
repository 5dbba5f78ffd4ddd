import { none } from 'stream-chain/defs.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { LONGEST_ROW_BYTES, type TargetRow } from './target-row.js';

/** The parser is given no more at a time: an item's size, and the place of what is no JSON, are known to within as much. */
const PIECE_BYTES = 512;

/** stream-json's parser with its items, called with text and at last with `none`; its published type is that of a pipeline's part. */
type ReadItems = (text: string | typeof none) => AsyncIterable<{ readonly value: unknown }>;

/** The items of one JSON array. After what is no JSON, or too large an item, nothing more can be made out: it ends there. */
export async function* jsonRows(chunks: AsyncIterable<Uint8Array>): AsyncIterable<TargetRow> {
  const read = streamArray.withParser() as unknown as ReadItems;
  let line = 0;
  let sizeOfNext = 0;
  let begun = false;
  for await (const text of texts(chunks)) {
    if (text !== none && !begun && text.trim() !== '') {
      begun = true;
      if (!text.trimStart().startsWith('[')) {
        yield {
          line: 0,
          problem: 'A JSON file of targets is one array, [ … ]; one object a line is NDJSON.',
        };
        return;
      }
    }
    if (text === none && !begun) return;
    const { values, failed } = await itemsOf(read, text);
    for (const value of values) {
      line += 1;
      yield { line, ...checked(value) };
    }
    if (failed) {
      yield {
        line: line + 1,
        problem: 'Here or soon after, the file is no JSON; mend it, or write one object a line, as NDJSON.',
      };
      return;
    }
    sizeOfNext = values.length > 0 || text === none ? 0 : sizeOfNext + text.length;
    if (sizeOfNext > LONGEST_ROW_BYTES) {
      yield {
        line: line + 1,
        problem: `The item is longer than ${LONGEST_ROW_BYTES} bytes; what follows was not read.`,
      };
      return;
    }
  }
}

async function* texts(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string | typeof none> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      yield decoder.decode(chunk.subarray(start, start + PIECE_BYTES), { stream: true });
    }
  }
  yield decoder.decode();
  yield none;
}

async function itemsOf(
  read: ReadItems,
  text: string | typeof none,
): Promise<{ values: unknown[]; failed: boolean }> {
  const values: unknown[] = [];
  try {
    for await (const { value } of read(text)) values.push(value);
    return { values, failed: false };
  } catch {
    return { values, failed: true };
  }
}

/** The decoder puts U+FFFD where bytes are not UTF-8; no vendor's id has it. */
function checked(value: unknown): { value: unknown } | { problem: string } {
  if (!hasLostBytes(value)) return { value };
  return {
    problem: 'The item holds bytes that are not UTF-8, or the sign U+FFFD for such; save the file as UTF-8.',
  };
}

/** No deeper than a target's ids and hints are: an item may be nested as deep as it is long. */
function hasLostBytes(value: unknown, depth = 2): boolean {
  if (typeof value === 'string') return value.includes('\uFFFD');
  if (typeof value !== 'object' || value === null || depth === 0) return false;
  return Object.values(value).some((inner) => hasLostBytes(inner, depth - 1));
}
