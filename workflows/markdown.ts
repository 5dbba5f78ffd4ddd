/** It may stand in a table: neither its end nor the cell's is in the text. */
export const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll(/[|\n\r]/g, ' ')}\``;

const LONGEST = 500;

/** Callers' and vendors' words are shown as words: no Markdown of theirs is rendered. */
export function escape(text: string, longest?: number): string;
export function escape(text: string | undefined, longest?: number): string | undefined;
export function escape(text: string | undefined, longest = LONGEST): string | undefined {
  return text
    ?.slice(0, longest)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>#|!]/g, String.raw`\$&`);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
