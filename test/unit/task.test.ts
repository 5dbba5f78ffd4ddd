import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  cancelWorkflowId,
  maskIn,
  parseTargetPath,
  parseTaskUri,
  shownUri,
  targetPath,
  taskUri,
} from '../../contract/task.js';
import { ALL_PROVIDERS } from '../../providers/all.js';

const task = { provider: 'some-cloud', connection: 'prod', ids: { fileSystemId: 'fs-1', taskId: 'task-1' } };

describe('task identity', () => {
  it('is a URI and a Workflow id of the provider, the connection and the ids in their order', () => {
    assert.equal(taskUri(task), 'some-cloud://prod/fs-1/task-1');
    assert.equal(cancelWorkflowId(task), 'cancel/some-cloud/prod/fs-1/task-1');
  });

  it('a dry run never has the id of a real cancellation', () => {
    assert.equal(cancelWorkflowId(task, { dryRun: true }), 'dry-run/some-cloud/prod/fs-1/task-1');
  });

  it('may hide its ids: the Workflow id then has a mask, and the Search Attribute shows no more', () => {
    const mask = 'a-_9'.repeat(8);
    const id = cancelWorkflowId(task, { mask });
    assert.equal(id, `cancel/some-cloud/prod/~${mask}`);
    assert.equal(cancelWorkflowId(task, { mask, dryRun: true }), `dry-run/some-cloud/prod/~${mask}`);
    assert.equal(maskIn(id), mask);
    assert.equal(shownUri(task, id), `some-cloud://prod/~${mask}`);
    assert.equal(shownUri(task, cancelWorkflowId(task)), taskUri(task));
  });

  it('no id of any provider looks like a mask', () => {
    for (const { id, fields } of ALL_PROVIDERS)
      for (const { name, pattern } of fields) assert.ok(!pattern.test(`~${'a'.repeat(32)}`), `${id} ${name}`);
  });

  it('URIs read back as they were written, whatever the ids hold', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, text, (connection, one, two) => {
        const parts = parseTaskUri(taskUri({ provider: 'some-cloud', connection, ids: { one, two } }));
        assert.deepEqual(parts, { provider: 'some-cloud', connection, segments: [one, two], hints: {} });
      }),
    );
  });

  it('hints follow a URI as a query, and are no part of what names the task', () => {
    const parts = parseTaskUri('some-cloud://prod/task-1?createdOn=2026-11-20');
    assert.deepEqual(parts?.segments, ['task-1']);
    assert.deepEqual(parts?.hints, { createdOn: '2026-11-20' });
    const hinted = { ...task, hints: { createdOn: '2026-11-20' } };
    assert.equal(cancelWorkflowId(hinted), cancelWorkflowId(task));
    assert.equal(taskUri(hinted), taskUri(task));
  });

  it('two tasks share a Workflow id only when they are the same', () => {
    const ids = fc.record({ one: fc.string({ minLength: 1 }), two: fc.string({ minLength: 1 }) });
    fc.assert(
      fc.property(ids, ids, (left, right) => {
        const same = left.one === right.one && left.two === right.two;
        const [a, b] = [left, right].map((each) =>
          cancelWorkflowId({ provider: 'p', connection: 'c', ids: each }),
        );
        assert.equal(a === b, same);
      }),
    );
  });

  it('a target’s path reads back as it was written, whatever ids and hints hold', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, text, text, (one, two, name, value) => {
        const named = { ids: { one, two }, hints: { [name]: value } };
        // As parts of their own: a name may be `__proto__`.
        fc.pre(Object.keys(named.hints).length === 1);
        assert.deepEqual(parseTargetPath(['one', 'two'], targetPath(named)), named);
        assert.deepEqual(parseTargetPath(['one', 'two'], targetPath({ ids: named.ids })), { ids: named.ids });
      }),
    );
  });

  it('a target’s path means the same task however its writer encodes it', () => {
    for (const path of ['task-1', 'task%2D1', 't%61sk-1', 'task-1?day=1'])
      assert.equal(targetPath({ ids: parseTargetPath(['taskId'], path)?.ids ?? {} }), 'task-1');
    const blank = { ids: { taskId: 'task-1' }, hints: { made: 'a b' } };
    for (const path of ['task-1?made=a+b', 'task-1?made=a%20b'])
      assert.deepEqual(parseTargetPath(['taskId'], path), blank);
  });

  for (const wrong of ['', 'a', 'a/', '/a', 'a/b/c', 'a/%E0%A4%A', 'a/b?c=%', 'a/b\ud800', 'a/b?c=\udc00'])
    it(`does not read ${JSON.stringify(wrong)} as the path of two ids`, () =>
      assert.equal(parseTargetPath(['one', 'two'], wrong), undefined));

  for (const wrong of ['', 'task-1', 'p://c', 'p://c/', '://c/t', 'p://c/%E0%A4%A', 'p:/c/t', 'p://c/a b']) {
    it(`does not read ${JSON.stringify(wrong)} as a URI`, () => assert.equal(parseTaskUri(wrong), undefined));
  }

  for (const { id, fields } of ALL_PROVIDERS) {
    it(`keeps ${id}'s longest Workflow id below Temporal's 255 characters`, () => {
      const ids = Object.fromEntries(fields.map(({ name, maxLength }) => [name, 'x'.repeat(maxLength)]));
      assert.ok(cancelWorkflowId({ provider: id, connection: 'c'.repeat(63), ids }).length <= 255);
    });
    it(`gives ${id} examples that fit their own patterns`, () => {
      for (const { pattern, example, maxLength } of fields) {
        assert.match(example, pattern);
        assert.ok(example.length <= maxLength);
      }
    });
  }
});
