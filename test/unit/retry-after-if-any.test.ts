import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_RETRY_AFTER_MS } from '../../providers/pacing.js';
import { retryAfterIfAny } from '../../providers/retry-after-if-any.js';

test('a wait is a member where the vendor asks for one, and no longer than it is obeyed', () => {
  assert.deepEqual(retryAfterIfAny(0), { retryAfterMs: 0 });
  assert.deepEqual(retryAfterIfAny(700), { retryAfterMs: 700 });
  for (const none of [undefined, Number.NaN, -1, -Infinity])
    assert.deepEqual(Object.keys(retryAfterIfAny(none)), []);
  for (const mad of [1e15, 1e308, Infinity])
    assert.deepEqual(retryAfterIfAny(mad), { retryAfterMs: LONGEST_RETRY_AFTER_MS });
});
