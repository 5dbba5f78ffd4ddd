import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from '../cli-error.js';

/**
 * What `--protect` names: `@file` stands for the file's lines, without empty ones and those that begin with `#`.
 * A file that cannot be read must not be one that protects nothing: it is an error.
 */
export async function readProtected(typed: readonly string[], cwd: string): Promise<string[]> {
  const parts: string[] = [];
  for (const word of typed)
    parts.push(...(word.startsWith('@') ? await readLines(word.slice(1), cwd) : [word]));
  return [...new Set(parts)];
}

async function readLines(path: string, cwd: string): Promise<string[]> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((thrown: unknown) => {
    throw usageError(`--protect @${path} cannot be read: ${reasonOf(thrown)}. Nothing was started.`);
  });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const named = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (named.length === 0) throw usageError(`--protect @${path} names nothing. Nothing was started.`);
  return named;
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/^\w+: /, '') : String(thrown);
}
