import { stripVTControlCharacters } from 'node:util';
import { columnsOf, type Sink } from './terminal.js';

/** A few lines at the end of a terminal that are redrawn in place; permanent lines scroll away above them. */
export interface LiveRegion {
  draw(lines: readonly string[]): void;
  /** Writes lines that stay. */
  print(lines: readonly string[]): void;
  /** Removes the region. */
  clear(): void;
}

const ESCAPE = '\u001b';
const ERASE_BELOW = `${ESCAPE}[0J`;

export function createLiveRegion(sink: Sink): LiveRegion {
  let drawn: readonly string[] = [];

  /** To the start of the region. A terminal made narrower since has wrapped its lines: they are counted as they stand now. */
  function toStart(): string {
    const columns = sink.columns ?? Infinity;
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    return rows === 0 ? '' : `${ESCAPE}[${rows}A\r${ERASE_BELOW}`;
  }

  function render(lines: readonly string[]): string {
    drawn = lines.map((line) => truncate(line, columnsOf(sink)));
    return drawn.map((line) => `${line}\n`).join('');
  }

  return {
    // One write each: a region written in pieces flickers.
    draw: (lines) => void sink.write(toStart() + render(lines)),
    print(lines) {
      const region = drawn;
      sink.write(toStart() + lines.map((line) => `${line}\n`).join('') + render(region));
    },
    clear() {
      if (drawn.length > 0) sink.write(toStart());
      drawn = [];
    },
  };
}

/** Cuts a line to a width, leaving the color codes in it whole. */
export function truncate(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let room = width - 1;
  let inColorCode = false;
  let cut = '';
  for (const character of line) {
    if (character === ESCAPE) inColorCode = true;
    if (inColorCode || room-- > 0) cut += character;
    if (character === 'm') inColorCode = false;
  }
  return `${cut}…`;
}

/** Good for what we print: no wide characters. */
function widthOf(line: string): number {
  return Array.from(stripVTControlCharacters(line)).length;
}
