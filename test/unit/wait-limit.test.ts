import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inBulk } from '../../activities/bulk-calls.js';
import { LONGEST_LOOK_MS, WaitLimit } from '../../activities/wait-limit.js';

const DAY_MS = 24 * 60 * 60_000;

describe('how long the calls of an Activity may wait', () => {
  it('is as long for each, within the time that all of them have from the first', (context) => {
    let nowMs = 1_000;
    context.mock.method(performance, 'now', () => nowMs);
    const limit = new WaitLimit(500, 1_200);
    const { signal } = new AbortController();
    assert.equal(limit.endsAtMs(signal), 1_500);
    nowMs = 1_400;
    assert.equal(limit.endsAtMs(signal), 1_900);
    nowMs = 2_000;
    assert.equal(limit.endsAtMs(signal), 2_200);
    nowMs = 9_000;
    assert.equal(limit.endsAtMs(signal), 2_200);
    assert.equal(limit.endsAtMs(new AbortController().signal), 9_500);
    assert.equal(limit.longestMs, 500);
  });

  it('ends early enough for what an attempt of two minutes may do after its look', () => {
    const [answerMs, turnMs] = [20_000, 20_000];
    assert.ok(LONGEST_LOOK_MS + answerMs + turnMs + answerMs < 2 * 60_000);
  });

  it('is longer than any Activity for those of a campaign', (context) => {
    context.mock.method(performance, 'now', () => 1_000);
    assert.equal(new WaitLimit(500).endsAtMs(inBulk(new AbortController().signal)), 1_000 + DAY_MS);
  });
});
