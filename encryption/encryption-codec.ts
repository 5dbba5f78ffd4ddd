import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { EncryptionError } from './encryption-error.js';
import type { EncryptionKeys } from './encryption-keys.js';
import { maskBy } from './mask-by.js';

/**
 * What stands on the wire is what the encryption samples of Temporal's SDKs write, so that callers in any language read it with
 * those and our keys: https://github.com/temporalio/samples-typescript/tree/main/encryption
 */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D, 8.2.2: random, and so at most 2^32 payloads by one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const utf8 = {
  encode: (text: string) => Buffer.from(text),
  decode: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
};

/** Goes wherever payloads do, and takes along what names tasks: whoever encrypts hides their ids, too. */
export interface EncryptionCodec extends PayloadCodec {
  /** Makes of a text what says nothing of it without the key; left out where nothing is encrypted. */
  readonly mask?: (text: string) => string;
}

/** Encrypts each payload, its metadata included, by the first key; reads what any of the keys has encrypted, and what is in the clear. */
export function createEncryptionCodec({ ofPayloads: keys, ofTaskIds }: EncryptionKeys): EncryptionCodec {
  const [current] = keys;
  return {
    ...(ofTaskIds !== undefined && { mask: maskBy(ofTaskIds) }),
    encode: async (payloads) =>
      current === undefined ? payloads : payloads.map((each) => encrypt(each, ...current)),
    decode: async (payloads) => payloads.map((each) => (isEncrypted(each) ? decrypt(each, keys) : each)),
  };
}

function isEncrypted({ metadata }: Payload): boolean {
  const encoding = metadata?.['encoding'];
  return encoding instanceof Uint8Array && utf8.decode(encoding) === ENCODING;
}

function encrypt(payload: Payload, id: string, key: KeyObject): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  const plain = PayloadMessage.encode(payload).finish();
  return {
    metadata: { encoding: utf8.encode(ENCODING), [KEY_ID]: utf8.encode(id) },
    data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
  };
}

/** @throws EncryptionError */
function decrypt({ metadata, data }: Payload, keys: EncryptionKeys['ofPayloads']): Payload {
  const id = utf8.decode(metadata?.[KEY_ID] ?? new Uint8Array());
  const key = keys.get(id);
  if (key === undefined)
    throw new EncryptionError(`A payload is encrypted by the key "${id}", which ${notHere(keys)}.`);
  const bytes = Buffer.from(data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return PayloadMessage.decode(plain);
  } catch (cause) {
    throw new EncryptionError(
      `A payload is encrypted by another key than the one that is called "${id}" here, or is damaged: every process must have the same keys.`,
      { cause },
    );
  }
}

function notHere(keys: EncryptionKeys['ofPayloads']): string {
  if (keys.size === 0)
    return 'this process does not have, nor any other: set QUIESCE_ENCRYPTION_KEYS_FILE (docs/encryption.md)';
  return `this process does not have (it has ${[...keys.keys()].join(', ')}): add it to the keys, behind the first`;
}
