import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inOrder } from '../../client/in-order.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('work in order', () => {
  it('tells results in the order of what was given, a few under way at a time', async () => {
    let underWay = 0;
    let most = 0;
    const work = async (item: number) => {
      most = Math.max(most, (underWay += 1));
      for (let turns = 10 - item; turns > 0; turns--) await tick();
      underWay -= 1;
      return item;
    };
    const told = [];
    for await (const item of inOrder([1, 2, 3, 4, 5, 6], 3, work)) told.push(item);
    assert.deepEqual(told, [1, 2, 3, 4, 5, 6]);
    assert.equal(most, 3);
  });

  it('begins nothing more once nobody asks, and throws what failed where its result would be', async () => {
    const begun: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      await tick();
      if (item === 2) throw new Error('no second');
      return item;
    };
    const told: number[] = [];
    await assert.rejects(async () => {
      for await (const item of inOrder([1, 2, 3, 4, 5, 6], 2, work)) told.push(item);
    }, /no second/);
    assert.deepEqual(told, [1]);
    assert.ok(begun.length <= 3, String(begun));
  });
});
