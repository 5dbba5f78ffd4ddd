/** Neither its end nor a new line is in the text. */
export const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll(/[\n\r]/g, ' ')}\``;

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

/**
 * A list of names and what is to say of each; what is undefined is left out. No tables: the Temporal UI runs their cells together.
 */
export function list(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`- **${name}**: ${value}`])).join('\n');
}
