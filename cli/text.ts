import { stripVTControlCharacters } from 'node:util';
import { formatDuration } from '../contract/duration.js';

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

/** `1 time`, `2 times`, `12,345 times`. */
export function count(amount: number, noun: string): string {
  return `${grouped(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** A duration for people, without what is below a second: `3m 20s`. */
export function wholeSeconds(ms: number): string {
  return ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000);
}

/** `12,345`. */
export function grouped(amount: number): string {
  return amount.toLocaleString('en');
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
