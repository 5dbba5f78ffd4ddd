import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from 'node:crypto';

/** Node's SHA-256, as AWS's signer wants it. */
export class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toKey(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error('not needed by the signer');
  }
}

/** Node 24 throws and catches an error for each HMAC whose key is bytes: 30 µs in place of 3. */
function toKey(secret: string | ArrayBuffer | ArrayBufferView): string | KeyObject {
  if (typeof secret === 'string') return secret;
  if (ArrayBuffer.isView(secret))
    return createSecretKey(new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength));
  return createSecretKey(new Uint8Array(secret));
}
