import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isLoopback } from '../../api/authenticate.js';
import { fromCancellationId, toCancellationId } from '../../api/cancellation-id.js';
import { fromCursor, toCursor } from '../../api/cursor.js';
import { requestIdOf } from '../../api/request-id.js';
import { cancelWorkflowId } from '../../contract/task.js';

const notFound = { name: 'ProblemError', slug: 'cancellation-not-found' };

test("a cancellation's id leads back to its Workflow and its connection", () => {
  const words = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(words, words, fc.boolean(), (connection, id, dryRun) => {
      const workflowId = cancelWorkflowId({ provider: 'p-1', connection, ids: { id } }, { dryRun });
      const named = toCancellationId(workflowId);
      assert.match(named, /^[A-Za-z0-9_-]+$/);
      assert.deepEqual(fromCancellationId(named), { workflowId, connection });
    }),
  );
});

test('no other text is an id', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.throws(() => fromCancellationId(text), notFound);
      assert.throws(() => fromCancellationId(toCancellationId(`campaign/${text}`)), notFound);
    }),
  );
  // The same Workflow written otherwise would be another address of it.
  const id = toCancellationId('cancel/p/c/task-12');
  assert.throws(() => fromCancellationId(`${id}=`), notFound);
  assert.throws(() => fromCancellationId(toCancellationId('cancel/p//x')), notFound);
  assert.throws(() => fromCancellationId(toCancellationId('cancel/p/c/')), notFound);
});

test('a cursor is good for its own list alone, and whole', () => {
  const refused = { name: 'ProblemError', slug: 'invalid-request' };
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (token, place) => {
      const cursor = toCursor(token, { connection: 'a' });
      assert.deepEqual(new Uint8Array(fromCursor(cursor, { connection: 'a' })), token);
      assert.throws(() => fromCursor(cursor, { connection: 'b' }), refused);
      const bytes = Buffer.from(cursor, 'base64url');
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      assert.throws(() => fromCursor(bytes.toString('base64url'), { connection: 'a' }), refused);
    }),
  );
});

test('a request id that could be mistaken in a log is replaced', () => {
  const of = (given: string | string[] | undefined) => requestIdOf({ headers: { 'x-request-id': given } });
  assert.equal(of('abc-1.2_3~'), 'abc-1.2_3~');
  for (const odd of [undefined, '', 'a b', 'a\nb', '"', 'x'.repeat(129), ['a', 'b']])
    assert.match(of(odd), /^[0-9a-f]{8}-/);
});

test('loopback is what nobody else can reach', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.8.8.8', '::1', '[::1]'])
    assert.ok(isLoopback(host), host);
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '127.1',
    '',
    'example.com',
  ])
    assert.equal(isLoopback(host), false, host);
});
