import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../api/turns.js';

test('so many are in at a time, in their order, and one that fails makes room like any other', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  let most = 0;
  let inside = 0;
  const works = [0, 1, 2, 3, 4].map((number) =>
    turns.take(async () => {
      begun.push(number);
      most = Math.max(most, (inside += 1));
      await new Promise<void>((resolve) => (ends[number] = resolve));
      inside -= 1;
      if (number === 1) throw new Error('failed');
      return number;
    }),
  );
  const results = Promise.allSettled(works);
  for (const number of [1, 0, 2, 3, 4]) {
    ends[number]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual([begun, most], [[0, 1, 2, 3, 4], 2]);
  assert.equal(await turns.take(() => Promise.resolve('free')), 'free');
});
