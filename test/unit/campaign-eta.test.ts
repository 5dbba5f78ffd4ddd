import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CampaignPaceMeter, totalsOf, type LiveProgress } from '../../client/index.js';

function live(atMs: number, waiting: number, asked: number, canceled: number): LiveProgress {
  const calls = { asks: asked + canceled, looks: 0, throttled: 0 };
  const states = { waiting, asked, canceled };
  return {
    id: 'a',
    phase: 'running',
    reason: 'a test',
    createdAtMs: 0,
    targets: waiting + asked + canceled,
    states,
    calls,
    connections: [],
    lanes: { numbers: [1], running: [1], ended: 0 },
    problems: [],
    atMs,
    stalled: [],
  };
}

describe("a campaign's pace", () => {
  it('is not known from one look, nor while nothing moves', () => {
    const meter = new CampaignPaceMeter();
    assert.deepEqual(meter.measure(live(0, 100, 0, 0)), { asksPerSecond: null, etaMs: null });
    assert.deepEqual(meter.measure(live(2_000, 100, 0, 0)), { asksPerSecond: 0, etaMs: null });
  });

  it('is what was asked a second; the end is when all the rest has gone the same way', () => {
    const meter = new CampaignPaceMeter();
    meter.measure(live(0, 1_000, 0, 0));
    // 20 a second leave, and the 950 that have not ended will follow as fast: that few have ended yet says nothing.
    assert.deepEqual(meter.measure(live(5_000, 900, 50, 50)), { asksPerSecond: 20, etaMs: 47_500 });
  });

  it('forgets what is older than a minute', () => {
    const meter = new CampaignPaceMeter();
    meter.measure(live(0, 10_000, 0, 0));
    meter.measure(live(30_000, 1_000, 9_000, 0));
    meter.measure(live(60_000, 990, 9_010, 0));
    const { asksPerSecond } = meter.measure(live(95_000, 900, 9_100, 0));
    assert.equal(asksPerSecond, 100 / 65);
  });

  it('is over at the end, and unknown while the campaign is paused', () => {
    const meter = new CampaignPaceMeter();
    meter.measure(live(0, 100, 0, 0));
    assert.equal(meter.measure({ ...live(5_000, 50, 25, 25), phase: 'paused' }).etaMs, null);
    assert.equal(meter.measure({ ...live(9_000, 0, 0, 100), phase: 'ended' }).etaMs, 0);
  });

  it('counts every state once', () => {
    const states = { waiting: 1, open: 2, asked: 3, blocked: 4, canceled: 5, 'left-alone': 6, protected: 7 };
    assert.deepEqual(totalsOf(states), { waiting: 1, onTheWay: 9, ended: 18 });
  });
});
