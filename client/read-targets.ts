import { MOST_TARGETS } from '../contract/campaign.js';
import type { TaskRef } from '../contract/task.js';
import { csvRows } from './csv-rows.js';
import { InvalidTaskError } from './errors.js';
import { jsonRows } from './json-rows.js';
import { ProblemList } from './problem-list.js';
import { SeenTasks } from './seen-tasks.js';
import { TargetFileError } from './target-file-error.js';
import { targetFormat, type TargetFormat } from './target-format.js';
import { ndjsonRows, targetLines } from './target-lines.js';
import type { TargetRow } from './target-row.js';
import { TargetSource } from './target-source.js';
import { toTarget, type TargetDefaults } from './to-target.js';

export { distinctTargets } from './distinct-targets.js';
export { TargetFileError } from './target-file-error.js';

export interface TargetFileOptions extends TargetDefaults {
  /** Default: by the file's ending, else by its first character. */
  readonly format?: TargetFormat;
  /** What to call it in a sentence. Default: its path, or `stdin`. */
  readonly name?: string;
}

/** A file of targets that has been checked. */
export interface TargetFile {
  /** How many different tasks it names. */
  readonly targets: number;
  /** How many rows name a task that an earlier one has named. */
  readonly duplicates: number;
  /** Of which connections they are. */
  readonly connections: readonly string[];
  /**
   * Each task once, in the order of the file, as often as asked.
   * @throws TargetFileError when the file has changed since it was checked.
   */
  read(): AsyncIterable<TaskRef>;
  /** Lets go of the file, and removes what was copied of stdin. */
  close(): Promise<void>;
}

const ROWS = {
  csv: (chunks, { connection }) => csvRows(targetLines(chunks), { hasConnection: connection !== undefined }),
  ndjson: (chunks) => ndjsonRows(targetLines(chunks)),
  json: jsonRows,
} as const satisfies Record<
  TargetFormat,
  (chunks: AsyncIterable<Uint8Array>, options: TargetFileOptions) => AsyncIterable<TargetRow>
>;

/**
 * Checks the whole file; then reads its targets as often as asked.
 * @param path The file; `-` is stdin.
 * @throws TargetFileError with all that is wrong with it.
 */
export async function openTargets(
  path: string,
  options: TargetFileOptions & { readonly stdin?: NodeJS.ReadableStream } = {},
): Promise<TargetFile> {
  const source = await TargetSource.open(path, options.stdin ?? process.stdin, options.name);
  try {
    const format = options.format ?? (await targetFormat(path, source.chunks()));
    const rows = () => ROWS[format](source.chunks(), options);
    const counts = await check(source.name, rows(), format, options);
    // Of a file that names none twice, nothing has to be kept in mind; that it has not changed, its source sees.
    const seen = () => (counts.duplicates === 0 ? undefined : new SeenTasks());
    return { ...counts, read: () => distinct(rows(), source, options, seen()), close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function check(
  name: string,
  rows: AsyncIterable<TargetRow>,
  format: TargetFormat,
  defaults: TargetDefaults,
): Promise<Pick<TargetFile, 'targets' | 'duplicates' | 'connections'>> {
  const problems = new ProblemList();
  const seen = new SeenTasks();
  const connections = new Set<string>();
  let duplicates = 0;
  for await (const row of rows) {
    const answer = targetOf(row, defaults);
    if (typeof answer === 'string') problems.add(row.line, answer);
    else if (seen.add(answer)) connections.add(answer.connection);
    else duplicates += 1;
    if (seen.size > MOST_TARGETS) {
      problems.add(row.line, `There are more than ${MOST_TARGETS} targets; split the file here.`);
      break;
    }
  }
  if (seen.size === 0 && problems.kept.length === 0) problems.add(0, 'There is no target in it.');
  if (problems.kept.length === 0) return { targets: seen.size, duplicates, connections: [...connections] };
  throw new TargetFileError(name, problems.kept, problems.more, format === 'json' ? 'item' : 'line');
}

async function* distinct(
  rows: AsyncIterable<TargetRow>,
  source: TargetSource,
  defaults: TargetDefaults,
  seen: SeenTasks | undefined,
): AsyncIterable<TaskRef> {
  for await (const row of rows) {
    const answer = targetOf(row, defaults);
    // It had no problem when it was checked.
    if (typeof answer === 'string') throw source.changed();
    if (seen === undefined || seen.add(answer)) yield answer;
  }
}

/** The task a row means, or the sentence that says why it means none. */
function targetOf(row: TargetRow, defaults: TargetDefaults): TaskRef | string {
  if ('problem' in row) return row.problem;
  try {
    return toTarget(row.value, defaults);
  } catch (error) {
    if (error instanceof InvalidTaskError) return error.message;
    throw error;
  }
}
