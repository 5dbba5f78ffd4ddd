import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CancelInput, CancelStory } from '../../contract/cancellation.js';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import { nextStep, type NextStep } from '../../workflows/next-step.js';
import { newStory, recordAnswer, recordBlock, recordLook } from '../../workflows/story.js';

const task = { provider: 'p', connection: 'c', ids: { id: '1' } };
const seen = { rawState: 'WORD', observedAt: '2026-01-01T00:00:00.000Z' };
const LOOKS = {
  active: { ...seen, state: 'active' },
  canceling: { ...seen, state: 'canceling' },
  unknown: { ...seen, state: 'unknown' },
  absent: { ...seen, state: 'absent' },
  inaccessible: { ...seen, state: 'inaccessible' },
  ended: { ...seen, state: 'ended', end: 'completed' },
} as const satisfies Record<string, Observation>;

function story(look: keyof typeof LOOKS, answer?: CancelAnswer['kind']): CancelStory {
  const begun = newStory({ task }, 0);
  recordLook(begun, LOOKS[look]);
  if (answer !== undefined) recordAnswer(begun, { kind: answer, code: 'X', message: 'x' }, 0);
  return begun;
}

describe('the next step of a cancellation', () => {
  const cases: [string, Partial<CancelInput>, CancelStory, NextStep][] = [
    ['a task nobody has looked at', {}, newStory({ task }, 0), 'await-end'],
    ['one that is active', {}, story('active'), 'ask'],
    ['one that is canceling', {}, story('canceling'), 'await-end'],
    ['one in a state nobody knows', {}, story('unknown'), 'await-end'],
    ['one that is gone', {}, story('absent'), 'await-end'],
    ['one in what is closed', { deleteEnded: true }, story('inaccessible'), 'await-end'],
    ['one that has ended', {}, story('ended'), 'await-end'],
    ['one that has ended, to be erased', { deleteEnded: true }, story('ended'), 'ask'],
    ['one in a state nobody knows, to be erased', { deleteEnded: true }, story('unknown'), 'ask'],
    ['one that is canceling, to be erased', { deleteEnded: true }, story('canceling'), 'await-end'],
    ['an active one, in a dry run', { dryRun: true }, story('active'), 'rehearse'],
    ['an ended one, in a dry run', { dryRun: true }, story('ended'), 'await-end'],
    ['an accepted ask, not looked at since', {}, story('active', 'accepted'), 'await-end'],
    ['a refused ask, not looked at since', {}, story('active', 'refused'), 'confirm-refusal'],
    ['a blocked ask, not looked at since', {}, story('active', 'blocked'), 'await-end'],
    [
      'a blocked ask that is a refusal',
      { onRunningSubtasks: 'fail' },
      story('active', 'blocked'),
      'confirm-refusal',
    ],
    ['subtasks that are waited for', {}, waiting(), 'wait-for-subtasks'],
    ['subtasks that are waited for, in a dry run', { dryRun: true }, waiting(), 'rehearse'],
    ['an accepted ask without effect', {}, lookedAgain('accepted'), 'ask'],
    ['a refusal that a look has confirmed', {}, lookedAgain('refused'), 'ask'],
  ];
  for (const [name, options, before, expected] of cases)
    it(`is ${expected} for ${name}`, () => assert.equal(nextStep({ task, ...options }, before), expected));
});

function waiting(): CancelStory {
  const blocked = story('active', 'blocked');
  recordBlock(blocked, 1);
  return blocked;
}

function lookedAgain(answer: CancelAnswer['kind']): CancelStory {
  const asked = story('active', answer);
  recordLook(asked, LOOKS.active);
  return asked;
}
