import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { SCOPES } from './caller.js';

/** What every key begins with, so that scanners for leaked secrets know one. */
export const KEY_PREFIX = 'quiesce_';
const KEY_BYTES = 32;
/** Who may write to the file may make keys: no one but its owner. Reading it gives nobody a key, only hashes of 256 random bits. */
const WRITABLE_BY_OTHERS = 0o022;

export const KEY_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const apiKeySchema = z.strictObject({
  name: z.string().regex(KEY_NAME),
  /** Of the key as text; in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** The only ones it may use; left out, all. */
  connections: z.array(z.string().min(1)).min(1).exactOptional(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().exactOptional(),
});

const keysFileSchema = z.strictObject({ keys: z.array(apiKeySchema) });

export type ApiKey = z.output<typeof apiKeySchema>;

/** The keys file cannot be used. The message says what to do. */
export class KeysFileError extends Error {
  override readonly name = 'KeysFileError';
}

/** A new key, which is told once, and what is kept of it. */
export function newApiKey(): { readonly key: string; readonly sha256: string } {
  const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  return { key, sha256: sha256Of(key) };
}

export function sha256Of(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * The keys of a file.
 * @throws KeysFileError when it is not there, is not ours, or may be written by others than its owner.
 */
export async function readKeysFile(path: string): Promise<readonly ApiKey[]> {
  const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)]).catch(
    ({ code }: NodeJS.ErrnoException) => {
      const why =
        code === 'ENOENT'
          ? 'does not exist: make a key with `quiesce keys create`'
          : `cannot be read (${code})`;
      throw new KeysFileError(`The keys file ${path} ${why}.`);
    },
  );
  if (process.platform !== 'win32' && (mode & WRITABLE_BY_OTHERS) !== 0)
    throw new KeysFileError(`The keys file ${path} may be written by others than its owner: chmod 600 it.`);
  return parseKeys(text, path);
}

/**
 * Changes the file's keys, of which there may be none yet. Two at once cannot undo each other: the second is refused.
 * @throws KeysFileError; what `change` throws.
 */
export async function changeKeysFile(
  path: string,
  change: (keys: readonly ApiKey[]) => readonly ApiKey[],
): Promise<void> {
  const next = `${path}.new`;
  // Exclusive: it is the lock, too. Readers see the old file or the new one, never a half.
  const file = await open(next, 'wx', 0o600).catch(({ code }: NodeJS.ErrnoException) => {
    throw new KeysFileError(
      code === 'EEXIST'
        ? `${next} is there: somebody else is changing the keys. If not, delete it.`
        : `The keys file ${path} cannot be written (${code}).`,
    );
  });
  try {
    const there = await stat(path).then(
      () => true,
      () => false,
    );
    const keys = change(there ? await readKeysFile(path) : []);
    await file.writeFile(`${JSON.stringify({ keys }, undefined, 2)}\n`);
    await file.sync();
    await file.close();
    await rename(next, path);
  } catch (thrown) {
    await file.close().catch(() => undefined);
    await rm(next, { force: true });
    throw thrown;
  }
}

function parseKeys(text: string, path: string): readonly ApiKey[] {
  try {
    return keysFileSchema.parse(JSON.parse(text)).keys;
  } catch {
    // What it holds instead may be a secret.
    throw new KeysFileError(`The keys file ${path} is not what \`quiesce keys\` has written.`);
  }
}
