import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CancelInput, CancelStory, Verdict } from '../../contract/cancellation.js';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import { newStory, recordAnswer, recordLook } from '../../workflows/story.js';
import { rehearsedVerdict, verdictOf, verdictWithoutEnd } from '../../workflows/verdict.js';

const NOW = '2026-01-01T00:00:00.000Z';
const task = { provider: 'p', connection: 'c', ids: { id: '1' } };
const active: Observation = { state: 'active', rawState: 'EXECUTING', observedAt: NOW };
const canceling: Observation = { state: 'canceling', rawState: 'CANCELING', observedAt: NOW };
const absent: Observation = { state: 'absent', rawState: 'NotFound', observedAt: NOW };
const inaccessible: Observation = { state: 'inaccessible', rawState: 'NoShare', observedAt: NOW };
const unknown: Observation = { state: 'unknown', rawState: 'NAPPING', observedAt: NOW };
const ended = (end: 'canceled' | 'completed' | 'failed'): Observation => ({
  ...active,
  state: 'ended',
  rawState: end,
  end,
});

function story(...looks: Observation[]): CancelStory {
  const begun = newStory({ task }, 0);
  for (const look of looks) recordLook(begun, look);
  return begun;
}

function refused(): CancelStory {
  const begun = story(active);
  recordAnswer(begun, { kind: 'refused', code: 'UnsupportedOperation', message: 'no' }, 0);
  return begun;
}

/** Accepted once, and refused when it was asked again under the same token. */
function refusedAfterAll(): CancelStory {
  const begun = story(active);
  recordAnswer(begun, { kind: 'accepted' }, 0);
  recordLook(begun, active);
  recordAnswer(begun, { kind: 'refused', code: 'BadRequest', message: 'no' }, 1);
  return begun;
}

describe('verdictOf', () => {
  const cases: [string, CancelStory, Observation, Verdict | undefined][] = [
    ['a task seen canceled', story(active), ended('canceled'), 'canceled'],
    ['a task that finished first', story(active), ended('completed'), 'completed'],
    ['a task that failed by itself', story(active), ended('failed'), 'failed'],
    ['a task gone for the first time after it was seen', story(active), absent, undefined],
    ['a task gone, back, and gone', story(active, absent, canceling), absent, undefined],
    ['a task never seen', story(), absent, 'not-found'],
    ['a task never seen, in what is not there', story(), inaccessible, 'refused'],
    ['a task seen, in what is not there any more', story(active), inaccessible, undefined],
    ['a refusal, and a task in what is not there', refused(), inaccessible, 'refused'],
    ['a task absent twice and never seen', story(absent), absent, 'not-found'],
    ['an active task', story(), active, undefined],
    ['a canceling task', story(active), canceling, undefined],
    ['a state nobody knows', story(active), unknown, undefined],
    ['a refusal, confirmed by a look', refused(), active, 'refused'],
    ['a refusal overtaken by somebody else’s cancel', refused(), canceling, undefined],
    ['a refusal of a task that then ended', refused(), ended('canceled'), 'canceled'],
    ['a refusal and a state nobody knows', refused(), unknown, undefined],
    ['a refusal of what was accepted before', refusedAfterAll(), active, undefined],
    [
      'an end that may pass',
      story(active),
      { ...ended('failed'), unsettled: true } as Observation,
      undefined,
    ],
  ];
  for (const [name, before, look, expected] of cases) {
    it(`says ${expected ?? 'nothing yet'} of ${name}`, () =>
      assert.equal(verdictOf({ task }, before, look), expected));
  }

  it('says deleted of a task that was seen, only when its absence lasts', () => {
    assert.equal(verdictOf({ task }, story(active, absent), absent, true), 'deleted');
    assert.equal(verdictOf({ task }, story(unknown, absent), absent, true), 'deleted');
    assert.equal(verdictOf({ task }, story(active, absent), absent, false), undefined);
    assert.equal(verdictOf({ task }, story(active, absent), canceling, true), undefined);
  });

  const dryRun: [Observation, Verdict | undefined][] = [
    [active, undefined],
    [canceling, 'would-cancel'],
    [ended('canceled'), 'already-ended'],
    [absent, 'not-found'],
    [inaccessible, 'would-be-refused'],
    [unknown, undefined],
  ];
  for (const [look, expected] of dryRun) {
    it(`says ${expected ?? 'nothing'} in a dry run of ${look.rawState}`, () => {
      assert.equal(verdictOf({ task, dryRun: true }, story(), look), expected);
    });
  }

  const REFUSAL = { kind: 'refused', code: 'X', message: 'no' } as const;
  const blocked: CancelAnswer = { kind: 'blocked', code: 'X', message: 'subtasks' };
  const rehearsals: [string, Partial<CancelInput>, Observation, CancelAnswer | undefined, Verdict][] = [
    ['an active task, where the vendor cannot say', {}, active, undefined, 'would-cancel'],
    ['an active task that the vendor would cancel', {}, active, { kind: 'accepted' }, 'would-cancel'],
    ['a refusal', {}, active, REFUSAL, 'would-be-refused'],
    [
      'one that the vendor says has ended',
      {},
      active,
      { ...REFUSAL, kind: 'already-ended' },
      'would-be-refused',
    ],
    ['one that the vendor does not know', {}, active, { ...REFUSAL, kind: 'absent' }, 'would-be-refused'],
    ['running subtasks that would be waited for', {}, active, blocked, 'would-cancel'],
    ['running subtasks otherwise', { onRunningSubtasks: 'fail' }, active, blocked, 'would-be-refused'],
    ['an ended task to erase', { deleteEnded: true }, ended('completed'), undefined, 'would-delete'],
  ];
  it('expects a record to be erased where it has no look to tell', () =>
    assert.equal(rehearsedVerdict({ task, dryRun: true }, undefined, undefined), 'would-delete'));

  for (const [name, options, look, answer, expected] of rehearsals) {
    it(`says ${expected} when rehearsing ${name}`, () =>
      assert.equal(rehearsedVerdict({ task, dryRun: true, ...options }, look, answer), expected));
  }

  it('takes a block for a refusal only where subtasks are not to be waited for', () => {
    const before = story(active);
    recordAnswer(before, { kind: 'blocked', code: 'X', message: 'subtasks' }, 0);
    assert.equal(verdictOf({ task }, before, active), undefined);
    assert.equal(verdictOf({ task, onRunningSubtasks: 'cancel' }, before, active), undefined);
    assert.equal(verdictOf({ task, onRunningSubtasks: 'fail' }, before, active), 'refused');
    assert.equal(verdictOf({ task, onRunningSubtasks: 'fail' }, before, canceling), undefined);
    recordAnswer(before, { kind: 'accepted' }, 0);
    assert.equal(verdictOf({ task, onRunningSubtasks: 'fail' }, before, active), undefined);
  });

  it('takes nothing but a block for one where subtasks are not to be waited for', () => {
    const impatient = { task, onRunningSubtasks: 'fail' } as const;
    assert.equal(verdictOf(impatient, story(active), active), undefined);
    for (const kind of ['already-ended', 'absent'] as const) {
      const before = story(active);
      recordAnswer(before, { kind, code: 'X', message: 'ended' }, 0);
      assert.equal(verdictOf(impatient, before, active), undefined, kind);
    }
  });

  it('waits for an ended task to be gone when its record is to be erased', () => {
    const input = { task, deleteEnded: true };
    assert.equal(verdictOf(input, story(), ended('completed')), undefined);
    assert.equal(verdictOf(input, story(ended('completed'), absent), absent, true), 'deleted');
    const before = story(ended('completed'));
    recordAnswer(before, { kind: 'refused', code: 'X', message: 'no' }, 0);
    // Its end is proven, whatever becomes of the record.
    assert.equal(verdictOf(input, before, ended('completed')), 'completed');
    assert.equal(verdictOf(input, refused(), active), 'refused');
    // Whoever may erase may ask of a state that nobody knows, too.
    assert.equal(verdictOf(input, refused(), unknown), 'refused');
    assert.equal(verdictOf(input, refused(), canceling), undefined);
  });

  it('proves no more than was seen when waiting is given up', () => {
    assert.equal(verdictWithoutEnd(story()), 'unproven');
    for (const look of [active, canceling, unknown, absent, inaccessible])
      assert.equal(verdictWithoutEnd(story(look)), 'unproven');
    for (const end of ['canceled', 'completed', 'failed'] as const)
      assert.equal(verdictWithoutEnd(story(ended(end))), end);
    assert.equal(
      verdictWithoutEnd(story({ ...ended('failed'), unsettled: true } as Observation)),
      'unproven',
    );
  });

  it('never claims an end that was not looked at, whatever the vendor answered to the cancel call', () => {
    const answers = fc.constantFrom('accepted', 'already-ended', 'absent', 'refused', 'blocked');
    fc.assert(
      fc.property(answers, fc.constantFrom(active, canceling, unknown), (kind, look) => {
        const before = story(active);
        recordAnswer(before, { kind, code: 'X', message: 'x' }, 0);
        const verdict = verdictOf({ task }, before, look);
        assert.ok(verdict === undefined || verdict === 'refused', String(verdict));
      }),
    );
  });
});
