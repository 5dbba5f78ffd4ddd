/** The sections of an ini file by name, each with its values by lower-case key. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A line that is none of an ini file. It tells the line's number alone: its text may be a secret. */
export class IniSyntaxError extends Error {
  override readonly name = 'IniSyntaxError';

  constructor(readonly line: number) {
    super(`line ${line} is neither a [section], a comment nor key = value in a section`);
  }
}

/**
 * Reads an ini file as the vendors' own tools write it: `[section]`, `key = value` or `key: value`, whole lines of comment
 * after `#` or `;`. A value may stand in quotes. Behind a bare value ` #` and ` ;` start a comment: only with a blank before
 * them, since a secret may hold either. Of a key that is there twice, the last one counts.
 * @throws IniSyntaxError
 */
export function parseIni(text: string): IniSections {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const name = /^\[([^\]]*)\]\s*([#;].*)?$/.exec(line)?.[1]?.trim();
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      continue;
    }
    const [, key, value] = /^([^=:[\]]+)[=:](.*)$/.exec(line) ?? [];
    if (section === undefined || key === undefined || value === undefined)
      throw new IniSyntaxError(index + 1);
    section.set(key.trim().toLowerCase(), bareValue(value.trim()));
  }
  return sections;
}

function bareValue(text: string): string {
  const quoted = /^(["'])(.*?)\1\s*([#;].*)?$/.exec(text)?.[2];
  return quoted ?? text.replace(/(^|\s+)[#;].*$/, '');
}
