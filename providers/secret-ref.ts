import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const BY_REFERENCE =
  'must be a reference, { env: NAME } or { file: /path }: secrets are never written into the config';

/** A secret by reference: the name of an environment variable, or the path of a file. */
export const secretRef = z
  .union(
    [
      z.strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
          .describe('An environment variable of the Worker.'),
      }),
      z.strictObject({
        file: z.string().min(1).describe('A file the Worker can read; a trailing newline is cut off.'),
      }),
    ],
    { error: BY_REFERENCE },
  )
  .describe('A secret, by reference.');

export type SecretRef = z.output<typeof secretRef>;

/** A referenced secret is not there. The message names the reference and never a value. */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError';
}

/**
 * Reads a secret where its reference says, anew with every call.
 * @throws SecretUnreadableError when the variable is not set or empty, or the file cannot be read or is empty.
 */
export async function readSecret(ref: SecretRef, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if ('env' in ref) return nonEmpty(env[ref.env], `The environment variable ${ref.env}`);
  const text = await readFile(ref.file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw new SecretUnreadableError(
      `The secret file ${ref.file} cannot be read (${thrown.code ?? thrown.name}).`,
    );
  });
  return nonEmpty(text.replace(/\r?\n$/, ''), `The secret file ${ref.file}`);
}

function nonEmpty(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new SecretUnreadableError(`${what} is not set or empty.`);
  return value;
}
