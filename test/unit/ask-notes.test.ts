import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AskNotes } from '../../activities/ask-notes.js';

test('what failed in an attempt that was lost counts for the next, and so does what is yet to be confirmed', () => {
  const notes = new AskNotes({
    targets: 6,
    seen: [],
    isRepeated: true,
    kept: {
      calls: { asks: 4, looks: 1, throttled: 2 },
      seen: [],
      changes: [
        [0, { state: 'refused' }],
        [1, { state: 'errored' }],
        [2, { state: 'answered', refused: true }],
        [3, { state: 'answered' }],
        [4, { state: 'asked' }],
      ],
    },
  });
  assert.equal(notes.failures, 3);
  assert.deepEqual(notes.calls(3), { asks: 4, looks: 1, throttled: 5 });
  notes.note(5, { state: 'refused' });
  assert.equal(notes.failures, 4);
});
