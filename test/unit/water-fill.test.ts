import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waterFill } from '../../workflows/water-fill.js';

const DEMANDS = [
  { name: 'much', callsPerMs: 10 },
  { name: 'little', callsPerMs: 1 },
  { name: 'some', callsPerMs: 5 },
];
const divided = (rate: number, demands = DEMANDS) => Object.fromEntries(waterFill(demands, rate));

describe('a rate that is divided', () => {
  it('gives nobody more than wanted while another lacks some', () => {
    assert.deepEqual(divided(9), { little: 1, some: 4, much: 4 });
    assert.deepEqual(divided(1.5), { little: 0.5, some: 0.5, much: 0.5 });
    assert.deepEqual(divided(0), { little: 0, some: 0, much: 0 });
  });

  it('spreads what nobody wants, with a part left over as for one more', () => {
    assert.deepEqual(divided(20), { little: 2, some: 6, much: 11 });
    assert.deepEqual(divided(4, [{ name: 'one', callsPerMs: 0 }]), { one: 2 });
    assert.deepEqual(divided(4, []), {});
  });
});
