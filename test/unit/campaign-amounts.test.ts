import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatRate,
  parseAmount,
  parseRate,
  parseRateOrNone,
  parseShare,
  parseWaves,
} from '../../cli/campaign/amounts.js';
import { etaMs } from '../../client/eta-ms.js';
import type { CampaignProgress } from '../../contract/campaign.js';

test('an amount is a count or a share', () => {
  assert.deepEqual(parseAmount('20'), { count: 20 });
  assert.deepEqual(parseAmount('5%'), { share: 0.05 });
  assert.deepEqual(parseAmount('0.5%'), { share: 0.005 });
  for (const wrong of ['', '0', '0%', '101%', '-1', '1.5', '5 %', '%', 'all', '1e3'])
    assert.throws(() => parseAmount(wrong), /such as 20, or a share of them such as 5%, above 0/, wrong);
});

test('waves go further each time, as far as that can be told', () => {
  assert.deepEqual(parseWaves('1,5%,100%'), [{ count: 1 }, { share: 0.05 }, { share: 1 }]);
  assert.deepEqual(parseWaves('10, 500'), [{ count: 10 }, { count: 500 }]);
  for (const wrong of ['10,10', '5%,1%', '100%,5'])
    assert.throws(() => parseWaves(wrong), /none can be below/, wrong);
  for (const wrong of ['', '1,', ',', '1;2'])
    assert.throws(() => parseWaves(wrong), /divided by commas/, wrong);
});

test('a share may be nothing, or everything', () => {
  assert.equal(parseShare('0%'), 0);
  assert.equal(parseShare('100%'), 1);
  for (const wrong of ['5', '101%', '-1%']) assert.throws(() => parseShare(wrong), /from 0% to 100%/, wrong);
});

test('a rate is calls a second, minute or hour', () => {
  assert.equal(parseRate('5/s'), 5);
  assert.equal(parseRate('120/m'), 2);
  assert.equal(parseRate('0.5/s'), 0.5);
  assert.equal(parseRateOrNone('none'), null);
  for (const wrong of ['5', '0/s', '5/d', 'fast', '-5/s', 'None'])
    assert.throws(() => parseRateOrNone(wrong), /such as 5\/s or 120\/m, or none/, wrong);
  for (const wrong of ['none', '5']) assert.throws(() => parseRate(wrong), /such as 5\/s/, wrong);
});

test('a rate is told in the unit in which it can be read', () => {
  assert.deepEqual([103.4, 5, 2.54, 0.5, 0.004].map(formatRate), ['103/s', '5/s', '2.5/s', '30/m', '14/h']);
});

const progress = {
  phase: 'running',
  startedAtMs: 0,
  targets: 1_000,
  states: { waiting: 1_000 },
  calls: { asks: 0, looks: 0, throttled: 0 },
  connections: [
    { connection: 'a', provider: 'p', targets: 600, states: { waiting: 300 } },
    { connection: 'b', provider: 'p', targets: 400, states: { waiting: 400 } },
  ],
  plan: {
    estimates: [
      { connection: 'a', asks: 600, looks: 1, durationMs: 60_000 },
      { connection: 'b', asks: 400, looks: 1, durationMs: 20_000 },
    ],
  },
} as unknown as CampaignProgress;

test('before anything has ended, the longest part of the plan tells how long it takes', () => {
  assert.equal(etaMs(progress, 1_000), 30_000);
  assert.equal(etaMs({ ...progress, callsPerSecond: 4 }, 1_000), 100_000, 'a lower rate takes longer');
  const { plan: _, ...unplanned } = progress;
  assert.equal(etaMs(unplanned, 1_000), null);
});

test('while all that have targets to ask are held, nobody can tell', () => {
  const held = { code: 'InvalidSignatureException', message: 'no' };
  const [a, b] = progress.connections.map((each) => ({ ...each, held }) as typeof each);
  assert.equal(etaMs({ ...progress, connections: [a!, b!] }, 1_000), null);
  assert.equal(etaMs({ ...progress, connections: [a!, progress.connections[1]!] }, 1_000), 30_000);
});

test('while targets wait, the pace is that of the asks', () => {
  const calls = { asks: 500, looks: 0, throttled: 0 };
  const running: CampaignProgress = { ...progress, calls, states: { asked: 500, waiting: 500 } };
  assert.equal(etaMs(running, 10_000), 20_000);
  assert.equal(etaMs({ ...running, phase: 'waiting-for-approval' }, 10_000), null);
});

test('once all have been asked, the pace is that of the ends, as soon as some tell', () => {
  const proving: CampaignProgress = { ...progress, phase: 'proving', states: { asked: 750, canceled: 250 } };
  assert.equal(etaMs(proving, 10_000), 30_000);
  assert.equal(etaMs({ ...proving, states: { asked: 990, canceled: 10 } }, 10_000), null);
});
