import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PromisedTurns } from '../../activities/promised-turns.js';

describe('the turns that are promised to those who are sent away', () => {
  it('are one behind the other, and each comes back five seconds before', () => {
    const turns = new PromisedTurns();
    assert.deepEqual(
      [turns.next(0, 10_000, 2_000), turns.next(0, 10_000, 2_000), turns.next(1_000, 0, 2_000)],
      [7_000, 9_000, 10_000],
    );
    // The line has grown since: a newcomer is behind all of it.
    assert.equal(turns.next(1_000, 60_000, 2_000), 57_000);
  });

  it('are no sooner than in a second, and whole', () => {
    assert.equal(new PromisedTurns().next(0, 0, 100), 1_000);
    assert.equal(new PromisedTurns().next(0, 10_000, 0.4), 5_000);
  });

  it('are no later than in a quarter of an hour: what is beyond is told again from its half on', () => {
    const turns = new PromisedTurns();
    assert.equal(turns.next(0, 904_000, 1_000), 900_000);
    assert.equal(turns.next(0, 0, 1_000), 900_000);
    assert.equal(turns.next(0, 0, 1_000), 446_000);
  });
});
