import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contradictedAnswer } from '../../providers/contradicted-answer.js';
import { ProviderError } from '../../providers/provider.js';

test('an error that has the status of a success is neither: it is not understood', () => {
  const error = contradictedAnswer('CancelTask', 202, { requestId: 'r-1' });
  assert.ok(error instanceof ProviderError);
  assert.deepEqual([error.kind, error.code], ['unrecognized', 'HTTP 202']);
  assert.equal(error.message, 'CancelTask was answered with an error that has the status of a success.');
  assert.deepEqual(error.context, { requestId: 'r-1' });
  assert.deepEqual(contradictedAnswer('CancelTask', 200, {}).context, {});
});
