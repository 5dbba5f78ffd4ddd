import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENDED_TASK_WORDS, SUBTASK_STATES, TASK_STATES } from '../../providers/alibaba-cpfs/states.js';
import { mayHaveFinished, STATE_WORDS, stateOf } from '../../providers/alibaba-domain/states.js';
import { LIFECYCLE_STATES } from '../../providers/aws-fsx/states.js';
import { DATA_TASK_STATES } from '../../providers/huawei-sfs-turbo-data/states.js';
import { DIR_USAGE_STATES } from '../../providers/huawei-sfs-turbo-dir-usage/states.js';
import { latestMomentMs, ZONELESS_MS } from '../../providers/zoneless-time.js';

const ACTIVE = { state: 'active' };
const CANCELING = { state: 'canceling' };
const CANCELED = { state: 'ended', end: 'canceled' };
const COMPLETED = { state: 'ended', end: 'completed' };
const FAILED = { state: 'ended', end: 'failed' };

/** Copied from the vendors' documents, not from the tables: each word, and what is written of it there. */
describe("the vendors' words", () => {
  it('of an FSx data repository task', () =>
    assert.deepEqual(LIFECYCLE_STATES, {
      PENDING: ACTIVE,
      EXECUTING: ACTIVE,
      CANCELING,
      CANCELED,
      SUCCEEDED: COMPLETED,
      FAILED,
    }));

  it('of a CPFS data flow task, and which of them end it', () => {
    assert.deepEqual(TASK_STATES, {
      Pending: ACTIVE,
      Executing: ACTIVE,
      Canceling: CANCELING,
      Canceled: CANCELED,
      Completed: COMPLETED,
      Failed: FAILED,
    });
    assert.deepEqual(ENDED_TASK_WORDS, ['Canceled', 'Completed', 'Failed']);
  });

  it('of a CPFS data flow subtask', () =>
    assert.deepEqual(SUBTASK_STATES, {
      CREATED: 'cancelable',
      RUNNING: 'cancelable',
      CANCELING: 'ending',
      COMPLETE: 'ended',
      FAILED: 'ended',
      CANCELED: 'ended',
      EXPIRED: 'ended',
    }));

  it('of an SFS Turbo import or export, and of a directory usage task', () => {
    assert.deepEqual(DATA_TASK_STATES, {
      DOING: ACTIVE,
      DELETING: CANCELING,
      SUCCESS: COMPLETED,
      FAIL: FAILED,
    });
    assert.deepEqual(DIR_USAGE_STATES, { DOING: ACTIVE, SUCCESS: COMPLETED, FAIL: FAILED });
  });
});

describe('the two words of a Domain task', () => {
  const cases: [task: string | undefined, cancel: string | undefined, state: object | undefined][] = [
    ['WAITING_EXECUTE', 'INIT', ACTIVE],
    ['EXECUTING', 'INIT', ACTIVE],
    ['COMPLETE', 'INIT', COMPLETED],
    ['EXECUTING', 'CANCELLING', CANCELING],
    ['COMPLETE', 'CANCELLING', CANCELING],
    [undefined, 'CANCELLING', CANCELING],
    ['EXECUTING', 'COMPLETE', CANCELED],
    ['COMPLETE', 'COMPLETE', CANCELED],
    [undefined, 'COMPLETE', CANCELED],
    ['EXECUTING', undefined, ACTIVE],
    // Nobody says whether it was cancelled.
    ['COMPLETE', undefined, undefined],
    ['EXECUTING', 'NAPPING', undefined],
    ['COMPLETE', 'NAPPING', undefined],
    ['NAPPING', 'INIT', undefined],
    ['NAPPING', undefined, undefined],
    ['toString', 'INIT', undefined],
    ['EXECUTING', 'toString', undefined],
    [undefined, 'INIT', undefined],
    [undefined, undefined, undefined],
  ];
  for (const [task, cancel, state] of cases)
    it(`${task ?? 'nothing'} and ${cancel ?? 'nothing'}: ${JSON.stringify(state) ?? 'no proof'}`, () =>
      assert.deepEqual(stateOf(task, cancel), state));

  it('are these', () =>
    assert.deepEqual(STATE_WORDS, ['WAITING_EXECUTE', 'EXECUTING', 'COMPLETE', 'INIT', 'CANCELLING']));

  it('leave it open whether a cancelled task was finished, once the cancel or the task has ended', () => {
    assert.equal(mayHaveFinished({ taskStatus: 'EXECUTING', cancelStatus: 'COMPLETE' }), true);
    assert.equal(mayHaveFinished({ taskStatus: 'COMPLETE', cancelStatus: 'CANCELLING' }), true);
    assert.equal(mayHaveFinished({ taskStatus: 'EXECUTING', cancelStatus: 'CANCELLING' }), false);
    assert.equal(mayHaveFinished({ taskStatus: 'COMPLETE', cancelStatus: 'INIT' }), false);
    assert.equal(mayHaveFinished({ taskStatus: 'COMPLETE' }), false);
    assert.equal(mayHaveFinished({}), false);
  });
});

describe('a time without a zone', () => {
  it('is no later than it would be at the date line, and may be 26 hours off', () => {
    assert.equal(latestMomentMs('2026-01-01T00:00:00'), Date.parse('2026-01-01T12:00:00Z'));
    assert.equal(ZONELESS_MS, 93_600_000);
  });

  for (const time of [
    '',
    '2026-01-01',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00',
    '2026-01-01T00:00:00 ',
    '2026-13-01T00:00:00',
    '2026-1-01T00:00:00',
    '12026-01-01T00:00:00',
    '+012026-01-01T00:00:00',
    '2026-01-01T00:00:00.500',
  ])
    it(`is not "${time}"`, () => assert.equal(latestMomentMs(time), undefined));
});
