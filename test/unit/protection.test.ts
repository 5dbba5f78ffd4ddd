import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { protection } from '../../workflows/protection.js';

const TARGET = 'alibaba-cpfs://prod/cpfs-1/df-2/task-3';

describe('protection', () => {
  for (const pattern of [
    TARGET,
    'prod/cpfs-1/df-2/task-3',
    'cpfs-1',
    'task-3',
    'df-2/task-3',
    'cpfs-1/df-2/task-3',
    'df-*/task-*',
    'task-*',
    '*',
    '*-3',
    't*k*3',
    'alibaba-cpfs://prod/cpfs-1/*',
    '*/df-2/*',
    'task%2D3',
    `${TARGET}?createdOn=2026-01-01`,
  ])
    it(`by ${pattern} protects ${TARGET}, with a hint and with percent signs, too`, () => {
      const isProtected = protection([pattern]);
      assert.ok(isProtected(TARGET));
      assert.ok(isProtected(`${TARGET}?createdOn=2026-01-01`));
      assert.ok(isProtected(TARGET.replace('task-', 'task%2D')));
    });

  for (const pattern of [
    'prod',
    'alibaba-cpfs',
    'task',
    'TASK-3',
    'task-3*3',
    'ask-3',
    'task-33',
    '*task*task*',
    '',
    'df-2/task',
    'cpfs-1/df-2',
  ])
    it(`by "${pattern}" does not`, () => assert.equal(protection([pattern])(TARGET), false));

  it('takes a question mark for a hint in a URI alone: an id may have one', () => {
    const isProtected = protection(['task?3']);
    assert.ok(isProtected('alibaba-cpfs://prod/task%3F3'));
    assert.equal(isProtected('alibaba-cpfs://prod/task'), false);
  });

  it('never fails, whatever a path or a pattern holds', () => {
    assert.equal(protection(['%', '%zz*'])('aws-fsx://sim/%zz'), true);
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (path, protect) => {
        assert.equal(typeof protection(protect)(`aws-fsx://sim/${path}`), 'boolean');
      }),
    );
  });

  it('finds a pattern in every text that it was made from', () => {
    const parts = fc.array(fc.stringMatching(/^[a-z0-9-]{0,4}$/), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.stringMatching(/^[a-z]{0,5}$/), (kept, between) => {
        assert.ok(protection([kept.join('*')])(`aws-fsx://sim/${kept.join(between)}`));
      }),
    );
  });

  it('is quick with the largest lane and list', () => {
    const protect = Array.from({ length: 1_000 }, (_, each) => `*a*b*${each}*c*`);
    const isProtected = protection(protect);
    for (let each = 0; each < 500; each += 1)
      assert.equal(isProtected(`aws-fsx://sim/task-ab${each}`), false);
  });
});
