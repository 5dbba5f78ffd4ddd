export const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

/** Callers' and vendors' words are shown as words: no Markdown of theirs is rendered. */
export function escape(text: string): string;
export function escape(text: string | undefined): string | undefined;
export function escape(text: string | undefined): string | undefined {
  return text
    ?.slice(0, 500)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>#|!]/g, String.raw`\$&`);
}
