import { formatDuration } from '../contract/duration.js';

export { count, grouped } from '../client/count.js';
export { dateAndTime, plain, timeOfDay } from '../client/text.js';

/** A duration for people, without what is below a second: `3m 20s`. */
export function wholeSeconds(ms: number): string {
  return ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000);
}

/** Aligned columns, two blanks apart; the last column is as long as it likes. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
