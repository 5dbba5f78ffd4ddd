import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldBackError, isThrottled } from '../../activities/held-back-error.js';
import { ProviderError } from '../../providers/provider.js';

test('a call that was held back says when to come back, and the same of another that comes later', () => {
  const error = new HeldBackError('unauthenticated', 'BadSignature', 'no', 1_000, { requestId: 'r-1' });
  const { kind, code, message, retryAfterMs, context } = error.later(500.4);
  assert.deepEqual([kind, code, message, retryAfterMs], ['unauthenticated', 'BadSignature', 'no', 1_500]);
  assert.deepEqual(context, { requestId: 'r-1', retryAfterMs: 1_500 });
  assert.equal(error.retryAfterMs, 1_000);
});

test('only the vendor’s own word that there were too many calls counts as throttled', () => {
  const throttled = new ProviderError('throttled', 'ThrottlingException', 'too many');
  const heldBack = new HeldBackError('throttled', 'QuotaShare', 'ten are ahead', 1_000);
  const away = new ProviderError('unavailable', 'ServiceUnavailable', 'not now');
  assert.deepEqual([throttled, heldBack, away].map(isThrottled), [true, false, false]);
});
