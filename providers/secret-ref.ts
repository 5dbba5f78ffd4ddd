import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const BY_REFERENCE =
  'must be a reference, { env: NAME } or { file: /path }: secrets are never written into the config';

/**
 * The start of a pattern that refuses a key in a name's place. A key id of AWS or Huawei is 20 capitals and digits, and
 * would else pass for the name of a variable; keys of other vendors are longer.
 */
export const NOT_LIKE_A_KEY = '(?!.*[A-Za-z0-9]{20})';

const NO_VARIABLE =
  'must be the name of an environment variable: letters, digits and underscores, and not 20 letters and digits in a row, which look like a key';

/** A secret by reference: the name of an environment variable, or the path of a file. */
export const secretRef = z
  .union(
    [
      z.strictObject({
        env: z
          .string()
          .regex(new RegExp(`^${NOT_LIKE_A_KEY}[A-Za-z_][A-Za-z0-9_]*$`), NO_VARIABLE)
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

/**
 * A referenced secret is not there. The message names the setting that refers to it, not the variable or file: what stands
 * in their place may be the secret itself.
 */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError';
}

/**
 * Reads a secret where its reference says, anew with every call.
 * @param setting where in the connection the reference stands, such as `credentials.accessKeyId`: errors name it.
 * @throws SecretUnreadableError when the variable is not set or empty, or the file cannot be read or is empty.
 */
export async function readSecret(
  ref: SecretRef,
  setting: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  if ('env' in ref) {
    const value = env[ref.env] ?? '';
    if (value !== '') return value;
    throw new SecretUnreadableError(`The environment variable that ${setting} names is not set or empty.`);
  }
  const text = await readFile(ref.file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw new SecretUnreadableError(
      `The file that ${setting} names cannot be read (${thrown.code ?? thrown.name}).`,
    );
  });
  const value = text.replace(/\r?\n$/, '');
  if (value !== '') return value;
  throw new SecretUnreadableError(`The file that ${setting} names is empty.`);
}
