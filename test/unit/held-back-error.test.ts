import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldBackError } from '../../activities/held-back-error.js';

test('a call that was held back says when to come back, and the same of another that comes later', () => {
  const error = new HeldBackError('unauthenticated', 'BadSignature', 'no', 1_000, { requestId: 'r-1' });
  const { kind, code, message, retryAfterMs, context } = error.later(500.4);
  assert.deepEqual([kind, code, message, retryAfterMs], ['unauthenticated', 'BadSignature', 'no', 1_500]);
  assert.deepEqual(context, { requestId: 'r-1', retryAfterMs: 1_500 });
  assert.equal(error.retryAfterMs, 1_000);
});
