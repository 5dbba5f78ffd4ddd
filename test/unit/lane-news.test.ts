import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LaneReport } from '../../contract/campaign-lane.js';
import { isNews } from '../../workflows/lane-news.js';

const held = { kind: 'throttled', code: 'T', message: '', retryAfterMs: 1 } as const;
const report: LaneReport = {
  lane: 1,
  states: { waiting: 5 },
  calls: { asks: 0, looks: 0, throttled: 0 },
  problems: [],
  held,
};

it('tells a campaign once that it is held, in however many rounds', () => {
  let told: LaneReport | undefined;
  let signals = 0;
  for (let round = 1; round <= 500; round += 1) {
    const now: LaneReport = {
      ...report,
      calls: { asks: round, looks: round, throttled: round },
      held: { ...held, message: `round ${round}`, retryAfterMs: 1_000 * round },
    };
    if (!isNews(now, told)) continue;
    told = now;
    signals += 1;
  }
  assert.equal(signals, 1);
});

it('tells a campaign of whatever has changed', () => {
  const problem = { subject: 's', code: 'c', message: '', atMs: 1 };
  const { held: _, ...free } = report;
  const changed: LaneReport[] = [
    { ...report, states: { waiting: 4, asked: 1 } },
    { ...report, held: { ...held, code: 'U' } },
    { ...report, problems: [problem] },
    { ...report, asked: 1 },
    free,
  ];
  for (const each of changed) assert.ok(isNews(each, report), JSON.stringify(each));
});
