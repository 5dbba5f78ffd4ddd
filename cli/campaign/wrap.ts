import { stripVTControlCharacters } from 'node:util';

interface WrapOptions {
  readonly width: number;
  readonly separator: string;
  readonly indent: string;
}

/** Puts pieces on as many lines as they need at this width; a piece is never broken, and color codes take no room. */
export function wrap(pieces: readonly string[], { width, separator, indent }: WrapOptions): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    const longer = `${last}${separator}${piece}`;
    if (last !== undefined && stripVTControlCharacters(longer).length <= width)
      lines[lines.length - 1] = longer;
    else lines.push(indent + piece);
  }
  return lines;
}
