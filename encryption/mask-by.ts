import { createHmac, type KeyObject } from 'node:crypto';

/** Short enough for people, and far more than any two tasks need to differ. */
const MASK_BYTES = 24;

/** The same mask for the same text: the first 24 bytes of HMAC-SHA-256, in base64url. */
export function maskBy(key: KeyObject): (text: string) => string {
  return (text) =>
    createHmac('sha256', key).update(text).digest().subarray(0, MASK_BYTES).toString('base64url');
}
