/** A payload cannot be decrypted, or the keys for it cannot be used. The message names keys by their ids alone. */
export class EncryptionError extends Error {
  override readonly name = 'EncryptionError';
}
