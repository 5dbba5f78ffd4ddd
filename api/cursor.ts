import { createHash } from 'node:crypto';
import { ProblemError } from './problem.js';

/** Enough to tell filters apart: a cursor is no secret. */
const MARK_BYTES = 8;

/** Temporal's page token, bound to the filters it was made with: with others it would lead somewhere into their list. */
export function toCursor(token: Uint8Array, filter: unknown): string {
  return Buffer.concat([markOf(filter), token]).toString('base64url');
}

/** @throws ProblemError `invalid-request` for a cursor of other filters, and for what is none. */
export function fromCursor(cursor: string, filter: unknown): Uint8Array {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length > MARK_BYTES && bytes.subarray(0, MARK_BYTES).equals(markOf(filter)))
    return bytes.subarray(MARK_BYTES);
  throw notACursor();
}

export function notACursor(cause?: unknown): ProblemError {
  const detail =
    'The cursor does not belong to this list: take it from the page before, with the same filters.';
  return new ProblemError('invalid-request', detail, {
    faults: [{ at: '/cursor', message: 'does not belong to this list' }],
    cause,
  });
}

function markOf(filter: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(filter)).digest().subarray(0, MARK_BYTES);
}
