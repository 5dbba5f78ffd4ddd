import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import type { Sink } from './terminal.js';

/** Writes a long text to a file, or to standard output where none is named. @throws CliError */
export async function writeText(
  text: AsyncIterable<string>,
  to: string | undefined,
  { cwd, terminal }: CliContext,
): Promise<void> {
  if (to === undefined) return writeOut(text, terminal.out);
  await writeFile(text, to, resolve(cwd, to));
  terminal.err.write(`Wrote ${to}.\n`);
}

/** The format that a file's name ends with. */
export function formatByName<Format extends string>(
  to: string | undefined,
  formats: readonly Format[],
): Format | undefined {
  return formats.find((format) => to?.toLowerCase().endsWith(`.${format}`));
}

/** No faster than whoever reads it. Where nothing more can be written it ends; why, is told at the end of every command. */
async function writeOut(text: AsyncIterable<string>, out: Sink): Promise<void> {
  for await (const piece of text)
    if (out.write(piece) === false && out instanceof Writable)
      await once(out, 'drain').catch(() => {
        throw new CliError('');
      });
}

/** Beside its place first: a text that was cut off must not pass for a whole one. */
async function writeFile(text: AsyncIterable<string>, to: string, path: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(text, createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof Error && 'syscall' in error)
      throw new CliError(`${to} cannot be written: ${error.message}`);
    throw error;
  }
}
