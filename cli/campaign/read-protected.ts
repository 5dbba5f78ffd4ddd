import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from '../cli-error.js';
import { plain } from '../text.js';

/** No id, URI or pattern has these: a row of a table, a remark after an id, or a file of another encoding has. */
const FOREIGN = /[\s,;"'\p{Cc}\p{Cs}\u{FFFD}]/u;

/**
 * What `--protect` names: `@file` stands for the file's lines, without empty ones and those that begin with `#`.
 * A file that cannot be read or understood must not be one that protects nothing: it is an error.
 * @throws CliError
 */
export async function readProtected(typed: readonly string[], cwd: string): Promise<string[]> {
  const parts: string[] = [];
  for (const word of typed) {
    if (word.startsWith('@')) parts.push(...(await readLines(word.slice(1), cwd)));
    else parts.push(checked(word, '--protect'));
  }
  return [...new Set(parts)];
}

async function readLines(path: string, cwd: string): Promise<string[]> {
  const where = `--protect @${path}`;
  const bytes = await readFile(resolve(cwd, path)).catch((thrown: unknown) => {
    throw usageError(`${where} cannot be read: ${reasonOf(thrown)}. Nothing was started.`);
  });
  const lines = decoded(bytes, where)
    .split(/\r?\n/)
    .map((line) => line.trim());
  const named = lines.flatMap((line, place) =>
    line === '' || line.startsWith('#') ? [] : checked(line, `${where}, line ${place + 1},`),
  );
  if (named.length === 0) throw usageError(`${where} names nothing. Nothing was started.`);
  return named;
}

function decoded(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`${where} is not UTF-8: save it as such. Nothing was started.`);
  }
}

function checked(name: string, where: string): string {
  if (name !== '' && !FOREIGN.test(name)) return name;
  throw usageError(
    `${where} is no id, URI or pattern: ${JSON.stringify(plain(name).slice(0, 130))} has blanks or signs that none of them has. Nothing was started.`,
  );
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/^\w+: /, '') : String(thrown);
}
