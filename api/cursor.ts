import { createHash } from 'node:crypto';
import { ProblemError } from './problem.js';

/** Enough to tell by: a cursor is no secret, and whoever makes one up sees no more than their own list. */
const MARK_BYTES = 8;

/**
 * Temporal's page token, with a mark of itself and of the filters it was made with: with others it would lead somewhere into
 * their list, and a spoilt one is an outage to the client, which tries again and again.
 */
export function toCursor(token: Uint8Array, filter: unknown): string {
  return Buffer.concat([markOf(token, filter), token]).toString('base64url');
}

/** @throws ProblemError `invalid-request` for a cursor of other filters, and for what is none. */
export function fromCursor(cursor: string, filter: unknown): Uint8Array {
  const bytes = Buffer.from(cursor, 'base64url');
  const token = bytes.subarray(MARK_BYTES);
  if (bytes.subarray(0, MARK_BYTES).equals(markOf(token, filter))) return token;
  throw new ProblemError(
    'invalid-request',
    'The cursor does not belong to this list: take it from the page before, with the same filters.',
    { faults: [{ at: '/cursor', message: 'does not belong to this list' }] },
  );
}

function markOf(token: Uint8Array, filter: unknown): Buffer {
  const hash = createHash('sha256').update(JSON.stringify(filter)).update('\n').update(token);
  return hash.digest().subarray(0, MARK_BYTES);
}
