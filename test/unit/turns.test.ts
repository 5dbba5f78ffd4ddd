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

test('whoever loses patience keeps no turn from others, also at the moment that one comes', async () => {
  const turns = new Turns(1);
  const nothing = () => assert.fail('It has no turn.');
  let end = () => {};
  const first = turns.take(() => new Promise<void>((resolve) => (end = resolve)));
  await assert.rejects(
    turns.take(nothing, () => Promise.reject(new Error('away'))),
    /away/,
  );
  const late = turns.take(nothing, async (turn) => {
    await turn();
    throw new Error('too late');
  });
  const last = turns.take(() => Promise.resolve('done'));
  end();
  await first;
  await assert.rejects(late, /too late/);
  assert.equal(await last, 'done');
  assert.equal(await turns.take(() => Promise.resolve('free')), 'free');
});
