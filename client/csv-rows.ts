import { ALL_PROVIDERS } from '../providers/all.js';
import { csvRecords } from './csv-records.js';
import type { TargetLine } from './target-lines.js';
import type { TargetRow } from './target-row.js';

const ID_NAMES = ALL_PROVIDERS.map(({ fields }) => fields.map(({ name }) => name));
const HINT_NAMES = ALL_PROVIDERS.flatMap(({ hints = [] }) => hints.map(({ name }) => name));
const COLUMNS = new Set(['task', 'connection', 'provider', ...ID_NAMES.flat(), ...HINT_NAMES]);

/** The rows of a CSV file: an object each under a header line, a text each without one. Empty cells say nothing. */
export async function* csvRows(
  lines: AsyncIterable<TargetLine>,
  { hasConnection }: { readonly hasConnection: boolean },
): AsyncIterable<TargetRow> {
  let columns: readonly string[] | undefined;
  for await (const record of csvRecords(lines)) {
    if ('problem' in record) {
      yield record;
      // Without its first line, nothing tells what the others mean.
      if (columns === undefined) return;
      continue;
    }
    const { line, cells } = record;
    if (columns === undefined) {
      columns = cells.some((cell) => COLUMNS.has(cell)) ? cells : [];
      const problem = headerProblem(columns, hasConnection);
      if (problem !== undefined) {
        yield { line, problem };
        return;
      }
      if (columns.length > 0) continue;
    }
    yield { line, ...meaning(columns, cells) };
  }
}

function headerProblem(columns: readonly string[], hasConnection: boolean): string | undefined {
  if (columns.length === 0) return undefined;
  const twice = columns.find((name, place) => COLUMNS.has(name) && columns.indexOf(name) !== place);
  if (twice !== undefined) return `The header line names the column ${twice} twice; keep one.`;
  if (columns.includes('task')) return undefined;
  if (!ID_NAMES.some((names) => names.every((name) => columns.includes(name)))) {
    const choices = [...new Set(ID_NAMES.map((names) => names.join(' + ')))].join(', or ');
    return `The header line names no task; it needs the column task, or the ids of a provider: ${choices}.`;
  }
  if (hasConnection || columns.includes('connection')) return undefined;
  return 'The header line has no column connection; add it, or give one connection for all rows.';
}

function meaning(
  columns: readonly string[],
  cells: readonly string[],
): { value: unknown } | { problem: string } {
  if (columns.length === 0) {
    if (cells.length === 1) return { value: cells[0] };
    return { problem: `There are ${cells.length} cells, and no header line to say what they are; add one.` };
  }
  // A comma too many moves all that follows into the wrong column.
  if (cells.length !== columns.length) {
    return {
      problem: `There are ${cells.length} cells for ${columns.length} columns; put cells with a comma in quotes.`,
    };
  }
  const named = columns.flatMap((name, place) =>
    cells[place] === '' ? [] : [[name, cells[place]] as const],
  );
  return { value: Object.fromEntries(named) };
}
