import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LANE_SIZE, LONGEST_TARGET, type TargetState } from '../../contract/campaign.js';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import { ProviderError } from '../../providers/provider.js';
import { erroredRow, rowBeforeAsk, rowOfAnswer, seenIn } from '../../activities/target-row.js';

const AT = '2026-11-21T12:00:00.000Z';
const at = { observedAt: AT, requestId: 'r-1' };
const LOOKS: Record<Observation['state'], Observation> = {
  active: { state: 'active', rawState: 'EXECUTING', ...at },
  canceling: { state: 'canceling', rawState: 'CANCELING', ...at },
  ended: { state: 'ended', end: 'completed', rawState: 'SUCCEEDED', ...at },
  absent: { state: 'absent', rawState: 'NotFound', ...at },
  inaccessible: { state: 'inaccessible', rawState: 'FileSystemNotFound', ...at },
  unknown: { state: 'unknown', rawState: 'MOONING', ...at },
};

it('a thousand of the longest rows fit a payload, beside a thousand of the longest paths', () => {
  for (const text of ['任'.repeat(5_000), '\u0001'.repeat(5_000), '😀'.repeat(5_000), 'x'.repeat(5_000)]) {
    const told = { code: text, message: text, requestId: text, rawState: text };
    const seen = seenIn({ state: 'active', observedAt: new Date().toISOString(), ...told });
    for (const row of [
      rowOfAnswer({ kind: 'refused', ...told }, seen),
      rowOfAnswer({ kind: 'accepted', ...told }, seen),
      erroredRow(new ProviderError('invalid', text, text), { ...seen, askedBy: String(seen.seenBy) }),
    ]) {
      const bytes = Buffer.byteLength(JSON.stringify([LANE_SIZE - 1, row]));
      assert.ok(
        LANE_SIZE * (bytes + LONGEST_TARGET + 3) < 2 * 1024 * 1024,
        `${bytes} bytes: ${text.slice(0, 3)}`,
      );
    }
  }
});

describe('what a look before the ask makes of a target', () => {
  const never = { seenBefore: false, askedBefore: false };
  const seen = { seenBefore: true, askedBefore: false };
  const asked = { seenBefore: true, askedBefore: true };
  const table: Record<Observation['state'], readonly (TargetState | undefined)[]> = {
    active: [undefined, undefined, undefined],
    canceling: ['canceling', 'canceling', 'open'],
    ended: ['completed', 'completed', 'completed'],
    absent: ['not-found', 'open', 'open'],
    inaccessible: ['refused', 'open', 'open'],
    unknown: ['errored', 'errored', 'errored'],
  };
  for (const [state, expected] of Object.entries(table))
    it(`is right for one that is ${state}: new, seen before, asked before`, () => {
      const look = LOOKS[state as Observation['state']];
      const rows = [never, seen, asked].map((before) => rowBeforeAsk(look, before));
      assert.deepEqual(
        rows.map((row) => row?.state),
        expected,
      );
      for (const row of rows)
        if (row !== undefined) assert.deepEqual([row.seenAtMs, row.seenBy], [Date.parse(AT), 'r-1']);
    });

  it('keeps the last word of a task, not that for its absence', () => {
    assert.equal(rowBeforeAsk(LOOKS.absent, seen)?.rawState, undefined);
    assert.equal(rowBeforeAsk(LOOKS.ended, seen)?.rawState, 'SUCCEEDED');
  });
});

describe('what an answer makes of a target', () => {
  const told = { code: 'Code', message: 'm'.repeat(1_000), requestId: 'r-2' };
  const table: [CancelAnswer['kind'], TargetState, true | undefined][] = [
    ['accepted', 'asked', undefined],
    ['blocked', 'blocked', undefined],
    ['refused', 'answered', true],
    ['already-ended', 'answered', undefined],
    ['absent', 'answered', undefined],
  ];
  for (const [kind, state, refused] of table)
    it(`is ${state} when it is ${kind}`, () => {
      const row = rowOfAnswer({ kind, ...told }, { asks: 1 });
      assert.deepEqual([row.state, row.refused, row.asks, row.askedBy], [state, refused, 2, 'r-2']);
      assert.ok((row.message ?? '').length <= 300);
    });

  it('is errored when neither waiting nor asking again can mend it', () => {
    const row = erroredRow(new ProviderError('unrecognized', 'MoonPhaseError', 'm'.repeat(1_000)), {
      asks: 1,
    });
    assert.deepEqual(
      [row.state, row.code, row.asks, row.message?.length],
      ['errored', 'MoonPhaseError', 1, 300],
    );
  });
});
