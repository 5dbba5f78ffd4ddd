import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDuration, parseDurationMs } from '../../contract/duration.js';

describe('durations', () => {
  const read: [string, number][] = [
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['3d', 259_200_000],
    [' 2m ', 120_000],
  ];
  for (const [text, expected] of read)
    it(`reads ${text}`, () => assert.equal(parseDurationMs(text), expected));

  for (const text of ['', '30', '-1s', '1 hour', '1e3s', 's', '1w', '9999999999s', '1h30m']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDurationMs(text), undefined));
  }

  const written: [number, string][] = [
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [61_000, '1m 1s'],
    [5_400_000, '1h 30m'],
    [259_200_000, '3d'],
    [90_061_000, '1d 1h'],
  ];
  for (const [ms, expected] of written)
    it(`writes ${ms} as ${expected}`, () => assert.equal(formatDuration(ms), expected));
});
