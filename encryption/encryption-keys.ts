import { createSecretKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EncryptionError } from './encryption-error.js';

const KEY_BYTES = 32;
/** Ids stand in the clear beside every payload. */
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const STANDARD_BASE64 = /^[A-Za-z0-9+/]{43}=$/;

const FILE = 'QUIESCE_ENCRYPTION_KEYS_FILE';
const TEXT = 'QUIESCE_ENCRYPTION_KEYS';

/** The id of the key that encrypts nothing, and names tasks. */
const TASK_IDS = 'task-ids';

export interface EncryptionKeys {
  /** Keys of AES-256 by id, in the order they were named: the first encrypts, all decrypt. None: nothing is encrypted. */
  readonly ofPayloads: ReadonlyMap<string, KeyObject>;
  /**
   * A key of HMAC-SHA-256, which makes the names of tasks in Workflow ids and Search Attributes; there wherever payloads are encrypted.
   * Another than the encrypting ones, for those rotate, and the same task must stay one cancellation.
   */
  readonly ofTaskIds?: KeyObject;
}

/**
 * Reads keys, `id:base64` each, with white space between them; lines that begin with # are comments. One is {@link TASK_IDS}.
 * @param where they stand, for messages.
 * @throws EncryptionError, which never quotes the text: a misplaced part of it may be a key.
 */
export function parseEncryptionKeys(text: string, where: string): EncryptionKeys {
  const entries = text
    .replaceAll(/^\s*#.*$/gm, '')
    .split(/\s+/)
    .filter(Boolean);
  const keys = new Map<string, KeyObject>();
  for (const [place, entry] of entries.entries()) {
    const [id = '', encoded = ''] = entry.split(/:(.*)/s, 2);
    const wrong = (what: string) => new EncryptionError(`Entry ${place + 1} of ${where} ${what}.`);
    if (!KEY_ID.test(id) || !STANDARD_BASE64.test(encoded))
      throw wrong(
        `is not id:key, the key being ${KEY_BYTES} random bytes in base64; \`openssl rand -base64 ${KEY_BYTES}\` makes one`,
      );
    if (keys.has(id)) throw wrong('has the id of another: each key has an id of its own');
    keys.set(id, createSecretKey(encoded, 'base64'));
  }
  const ofTaskIds = keys.get(TASK_IDS);
  keys.delete(TASK_IDS);
  if (keys.size === 0)
    throw new EncryptionError(`There is no key in ${where}: it must hold at least one id:key.`);
  if (ofTaskIds === undefined)
    throw new EncryptionError(
      `There is no key "${TASK_IDS}" in ${where}, which names tasks where Temporal shows names to everybody; \`echo "${TASK_IDS}:$(openssl rand -base64 ${KEY_BYTES})"\` makes one.`,
    );
  return { ofPayloads: keys, ofTaskIds };
}

/**
 * The keys of a process, by {@link FILE} or, where secrets come as variables, by {@link TEXT}; none where neither is set.
 * @throws EncryptionError
 */
export async function loadEncryptionKeys(env: NodeJS.ProcessEnv = process.env): Promise<EncryptionKeys> {
  const { [FILE]: path = '', [TEXT]: text = '' } = env;
  if (path !== '' && text !== '') throw new EncryptionError(`Set ${FILE} or ${TEXT}, not both.`);
  if (text !== '') return parseEncryptionKeys(text, TEXT);
  if (path === '') return { ofPayloads: new Map() };
  const content = await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new EncryptionError(`The file that ${FILE} names, ${path}, cannot be read (${code}).`);
  });
  return parseEncryptionKeys(content, path);
}
