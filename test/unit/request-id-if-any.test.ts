import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestIdIfAny } from '../../providers/request-id-if-any.js';

test('a request id is a member where there is one, and none at all where there is not', () => {
  assert.deepEqual(requestIdIfAny('r-1'), { requestId: 'r-1' });
  // Not `requestId: undefined`: it would be one in a history, and no absent member to exactOptionalPropertyTypes.
  assert.deepEqual(Object.keys(requestIdIfAny(undefined)), []);
});

test('what is too long for an id is cut: it would not fit into a failure', () => {
  assert.deepEqual(requestIdIfAny('r'.repeat(12_000)), { requestId: 'r'.repeat(200) });
});
