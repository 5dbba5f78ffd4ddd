import { stripVTControlCharacters } from 'node:util';

/** Text from outside (a vendor, another user) on one line, without anything a terminal would act on. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

/** `2027-03-01 04:05:06Z` of an ISO time. */
export function dateAndTime(iso: string): string {
  return `${iso.slice(0, 10)} ${timeOfDay(iso)}`;
}

/** `04:05:06Z` of an ISO time. */
export function timeOfDay(iso: string): string {
  return `${iso.slice(11, 19)}Z`;
}

/** `1 time`, `2 times`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
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
