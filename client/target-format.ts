import { extname } from 'node:path';

export type TargetFormat = 'csv' | 'ndjson' | 'json';

const BY_ENDING: Readonly<Record<string, TargetFormat>> = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
};
const BY_FIRST_CHARACTER: Readonly<Record<string, TargetFormat>> = { '[': 'json', '{': 'ndjson' };

/** A target file's format: by its ending, else by its first character. A text in quotes reads the same as CSV and NDJSON. */
export async function targetFormat(path: string, chunks: AsyncIterable<Uint8Array>): Promise<TargetFormat> {
  const byEnding = BY_ENDING[extname(path).toLowerCase()];
  if (byEnding !== undefined) return byEnding;
  for await (const chunk of chunks) {
    const [first] = new TextDecoder().decode(chunk).trimStart();
    if (first !== undefined) return BY_FIRST_CHARACTER[first] ?? 'csv';
  }
  return 'csv';
}
