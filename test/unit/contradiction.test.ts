import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contradiction } from '../../providers/contradiction.js';

test('a task that is shown in two states is told; one that is shown twice in one state is none', () => {
  assert.equal(contradiction([]), undefined);
  assert.equal(
    contradiction([
      ['a', 'RUNNING'],
      ['b', 'CANCELED'],
      ['a', 'RUNNING'],
    ]),
    undefined,
  );
  assert.equal(
    contradiction([
      ['a', 'RUNNING'],
      ['b', 'CANCELED'],
      ['b', 'RUNNING'],
    ]),
    'b',
  );
});
