import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLaneOrders, isLaneReport } from '../../workflows/lane-messages.js';

const orders = { number: 1, to: 'ask', askUpTo: 5, sliceMs: 30_000 };
const report = {
  lane: 1,
  states: { waiting: 5 },
  calls: { asks: 0, looks: 0, throttled: 0 },
  problems: [{ subject: 's', code: 'c', message: '', atMs: 1 }],
};
const nothing = [undefined, null, 5, 'x', [], {}, { lane: 1 }, { number: 1 }];

describe('a signal between a campaign and its lanes', () => {
  it('is taken when it fits', () => {
    assert.ok(isLaneOrders(orders));
    assert.ok(isLaneOrders({ ...orders, callsPerSecond: 0.5, failuresAllowed: 0, deadlineAtMs: 1 }));
    assert.ok(isLaneReport(report));
    const held = { kind: 'throttled', code: 'T', message: '', retryAfterMs: 1 };
    assert.ok(isLaneReport({ ...report, asked: 1, held, surveyed: 2 }));
  });

  it('is ignored when it does not', () => {
    for (const each of nothing) assert.ok(!isLaneOrders(each) && !isLaneReport(each), JSON.stringify(each));
    for (const wrong of [{ number: '1' }, { to: 'toString' }, { askUpTo: -1 }, { sliceMs: 0 }])
      assert.ok(!isLaneOrders({ ...orders, ...wrong }), JSON.stringify(wrong));
    for (const wrong of [{ lane: 0 }, { states: 5 }, { states: { waiting: 'x' } }, { calls: {} }])
      assert.ok(!isLaneReport({ ...report, ...wrong }), JSON.stringify(wrong));
    for (const wrong of [{ problems: undefined }, { problems: [5] }, { held: 5 }, { survey: {} }])
      assert.ok(!isLaneReport({ ...report, ...wrong }), JSON.stringify(wrong));
  });
});
