import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inBulk } from '../../activities/bulk-calls.js';
import { WaitLimit } from '../../activities/wait-limit.js';

const DAY_MS = 24 * 60 * 60_000;

describe('how long the calls of an Activity may wait', () => {
  it('is counted once, from the first of them', (context) => {
    let nowMs = 1_000;
    context.mock.method(performance, 'now', () => nowMs);
    const limit = new WaitLimit(500);
    const { signal } = new AbortController();
    assert.equal(limit.endsAtMs(signal), 1_500);
    nowMs = 1_400;
    assert.equal(limit.endsAtMs(signal), 1_500);
    assert.equal(limit.endsAtMs(new AbortController().signal), 1_900);
    assert.equal(limit.longestMs, 500);
  });

  it('is longer than any Activity for those of a campaign', (context) => {
    context.mock.method(performance, 'now', () => 1_000);
    assert.equal(new WaitLimit(500).endsAtMs(inBulk(new AbortController().signal)), 1_000 + DAY_MS);
  });
});
