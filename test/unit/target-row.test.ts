import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LANE_SIZE, LONGEST_TARGET, type TargetState } from '../../contract/campaign.js';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import { ProviderError } from '../../providers/provider.js';
import {
  beforeLook,
  endOf,
  erroredRow,
  rowBeforeAsk,
  rowOfAnswer,
  seenIn,
  toldBy,
} from '../../activities/target-row.js';

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

describe('a text that is too long for a row', () => {
  const kept = (text: string) => toldBy({ code: text, message: text });
  it('is cut to what its JSON may have, and left alone where it fits', () => {
    for (const [length, code, message] of [
      [100, 100, 100],
      [101, 100, 101],
      [300, 100, 300],
      [301, 100, 300],
    ] as const) {
      const row = kept('x'.repeat(length));
      assert.deepEqual([row.code.length, row.message.length], [code, message], `${length}`);
    }
  });

  it('keeps more than four fifths of its bytes, in whatever signs, and not one too many', () => {
    for (const [sign, bytes] of [
      ['\u0001', 6],
      ['目', 3],
      ['"', 2],
    ] as const) {
      const { code, message } = kept(sign.repeat(1_000));
      for (const [text, most] of [
        [code, 100],
        [message, 300],
      ] as const) {
        assert.ok(
          text.length * bytes <= most && text.length * bytes > most * 0.8,
          `${text.length} of ${sign}`,
        );
        assert.equal(kept(text).message, text, 'what fits is not cut again');
      }
    }
    const fits = '"'.repeat(50);
    assert.equal(kept(fits).code, fits);
  });
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

  it('is no end of one that was asked, where a cancel leaves nothing: it may be on its way out', () => {
    const after = (before: { seenBefore: boolean; askedBefore: boolean }) =>
      rowBeforeAsk(LOOKS.ended, { ...before, vanishes: true })?.state;
    assert.deepEqual([never, seen, asked].map(after), ['completed', 'completed', 'open']);
  });

  it('has what was seen, by which look, and the vendor’s word for what it is not asked for', () => {
    const told = { seenAtMs: Date.parse(AT), seenBy: 'r-1' };
    const rows = Object.values(LOOKS).map((look) => rowBeforeAsk(look, never));
    assert.deepEqual(rows, [
      undefined,
      { state: 'canceling', rawState: 'CANCELING', ...told },
      { state: 'completed', rawState: 'SUCCEEDED', ...told },
      { state: 'not-found', ...told },
      {
        state: 'refused',
        ...told,
        code: 'FileSystemNotFound',
        message: 'What the task belongs to is not there, or not the caller’s.',
      },
      {
        state: 'errored',
        rawState: 'MOONING',
        ...told,
        code: 'MOONING',
        message: 'A state this version does not know; the task is not asked to end.',
      },
    ]);
    const said = rowBeforeAsk({ ...LOOKS.inaccessible, message: 'not yours' }, never);
    assert.equal(said?.message, 'not yours');
    // Of one that is known, it tells no more than that it was looked for.
    assert.deepEqual(rowBeforeAsk(LOOKS.inaccessible, seen), { state: 'open', ...told });
    assert.equal(rowBeforeAsk(LOOKS.absent, { seenBefore: false, askedBefore: true })?.state, 'open');
    const { requestId: _, ...nameless } = LOOKS.active;
    assert.deepEqual(seenIn(nameless), { rawState: 'EXECUTING', seenAtMs: Date.parse(AT) });
  });

  it('tells of an end what the vendor says of it, if it says anything', () => {
    const ended = { ...at, state: 'ended', end: 'failed', rawState: 'FAILED' } as const;
    assert.deepEqual(endOf(ended), { state: 'failed' });
    assert.deepEqual(endOf({ ...ended, message: 'disk full' }), {
      state: 'failed',
      code: 'FAILED',
      message: 'disk full',
    });
  });

  it('keeps how it was seen before and what was asked, and nothing else', () => {
    const kept = { rawState: 'EXECUTING', asks: 0, askedAtMs: 5, askedBy: 'r-1' };
    const more = {
      state: 'errored',
      seenAtMs: 1,
      seenBy: 'r',
      code: 'c',
      message: 'm',
      refused: true,
    } as const;
    assert.deepEqual(beforeLook({ ...kept, ...more }), kept);
    assert.deepEqual(beforeLook(more), {});
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

  it('has the time and the id of the ask, and what was known before', (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: 7_000 });
    const before = { rawState: 'EXECUTING', seenAtMs: 5_000, seenBy: 'r-1' };
    assert.deepEqual(rowOfAnswer({ kind: 'accepted', requestId: 'r-2' }, before), {
      ...before,
      state: 'asked',
      asks: 1,
      askedAtMs: 7_000,
      askedBy: 'r-2',
    });
    const accepted = rowOfAnswer({ kind: 'accepted', rawState: 'CANCELING' }, { ...before, asks: 2 });
    assert.deepEqual(accepted, {
      ...before,
      state: 'asked',
      rawState: 'CANCELING',
      asks: 3,
      askedAtMs: 7_000,
    });
    const blocked = rowOfAnswer({ kind: 'blocked', code: 'Busy', message: 'wait' }, before);
    const asked = { ...before, asks: 1, askedAtMs: 7_000 };
    assert.deepEqual(blocked, { ...asked, state: 'blocked', code: 'Busy', message: 'wait' });
    const refused = rowOfAnswer({ kind: 'refused', code: 'No', message: 'never' }, before);
    assert.deepEqual(refused, { ...asked, state: 'answered', refused: true, code: 'No', message: 'never' });
    const ended = rowOfAnswer({ kind: 'already-ended', code: 'Over', message: 'it is' }, before);
    assert.deepEqual(ended, { ...asked, state: 'answered', code: 'Over', message: 'it is' });
  });

  it('is errored when neither waiting nor asking again can mend it', () => {
    assert.deepEqual(erroredRow(new ProviderError('invalid', 'C', 'm')), {
      state: 'errored',
      code: 'C',
      message: 'm',
    });
    const row = erroredRow(new ProviderError('unrecognized', 'MoonPhaseError', 'm'.repeat(1_000)), {
      asks: 1,
    });
    assert.deepEqual(
      [row.state, row.code, row.asks, row.message?.length],
      ['errored', 'MoonPhaseError', 1, 300],
    );
  });
});
