import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CancelInput, CancelStory } from '../../contract/cancellation.js';
import type { CancelAnswer, Observation } from '../../contract/observation.js';
import {
  beginAsk,
  newStory,
  recordAnswer,
  recordBlock,
  recordLook,
  recordSighting,
  toFailed,
  toProgress,
  toResult,
} from '../../workflows/story.js';

const task = { provider: 'p', connection: 'c', ids: { id: '1' } };
const URI = 'p://c/1';
const RUN = { id: 'cancellation', runId: 'run-1', nowMs: 90_000 };
const AT = '2026-01-01T00:00:00.000Z';
const active: Observation = { state: 'active', rawState: 'EXECUTING', observedAt: AT, requestId: 'r-1' };
const absent: Observation = { state: 'absent', rawState: 'NotFound', observedAt: '2026-01-01T00:00:09.000Z' };
const blocked: CancelAnswer = { kind: 'blocked', code: 'X', message: 'subtasks run' };
const NEW: CancelStory = {
  phase: 'observing',
  startedAtMs: 60_000,
  deadlineAtMs: 60_000 + 24 * 3_600_000,
  attempts: 0,
  clientTokens: [],
  asks: 0,
  observations: 0,
  seen: false,
  requestIds: [],
};

const begun = (input: CancelInput = { task }) => newStory(input, 60_000);
const ask = (story: CancelStory) => beginAsk(story, 'run-0', URI);

describe('the story of a cancellation', () => {
  it('begins with a deadline after a day, or as it was wanted', () => {
    assert.deepEqual(begun(), NEW);
    assert.equal(begun({ task, deadlineAfterMs: 5 }).deadlineAtMs, 60_005);
  });

  it('keeps what was seen last when the task is gone', () => {
    const story = begun();
    recordLook(story, active);
    recordLook(story, absent, 2);
    assert.equal(story.seen, true);
    assert.equal(story.observations, 3);
    assert.equal(story.observation, absent);
    assert.deepEqual([story.lastSeenState, story.lastSeenAt], ['EXECUTING', AT]);
    assert.deepEqual(story.requestIds, ['r-1']);
  });

  it('has not seen a task that is gone, nor one in what is closed', () => {
    for (const state of ['absent', 'inaccessible'] as const) {
      const story = begun();
      recordLook(story, { ...absent, state });
      assert.deepEqual([story.seen, story.lastSeenState, story.lastSeenAt], [false, undefined, undefined]);
    }
  });

  it('takes what a poll had seen of a task that is gone', () => {
    const story = begun();
    recordSighting(story, { rawState: 'CANCELING', observedAt: AT });
    assert.deepEqual([story.lastSeenState, story.lastSeenAt], ['CANCELING', AT]);
  });

  it('keeps the first and the last ids of many calls', () => {
    const story = begun();
    const kept = (ids: number[]) => ids.map((id) => `r-${id}`);
    for (let id = 1; id <= 20; id += 1) recordLook(story, { ...active, requestId: `r-${id}` });
    assert.deepEqual(story.requestIds, kept(Array.from({ length: 20 }, (_, index) => index + 1)));
    for (const id of [21, 22]) recordLook(story, { ...active, requestId: `r-${id}` });
    assert.deepEqual(
      story.requestIds,
      kept([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]),
    );
  });
});

describe('an ask', () => {
  it('keeps its token until a vendor has definitely refused it, and is looked at before it is repeated', () => {
    const story = begun();
    const first = ask(story);
    assert.match(first.clientToken, /^[0-9a-f]{64}$/);
    assert.deepEqual([first.lookFirst, story.attempts, story.askIsOpen], [false, 1, true]);
    const repeat = ask(story);
    assert.deepEqual([repeat.clientToken, repeat.lookFirst, story.attempts], [first.clientToken, true, 1]);
    recordAnswer(story, { kind: 'accepted' }, 61_000);
    assert.equal(story.askIsOpen, false);
    assert.deepEqual([ask(story).clientToken, story.attempts], [first.clientToken, 1]);
  });

  it('is a new attempt after a block, with a token of its own, and only one', () => {
    const story = begun();
    const { clientToken } = ask(story);
    recordAnswer(story, blocked, 61_000);
    const again = ask(story);
    assert.notEqual(again.clientToken, clientToken);
    assert.deepEqual([again.lookFirst, story.attempts], [true, 2]);
    assert.deepEqual(story.clientTokens, [clientToken, again.clientToken]);
    // Its answer never came: the block was of the attempt before.
    assert.deepEqual([ask(story).clientToken, story.attempts], [again.clientToken, 2]);
  });

  it('is forgotten when it is withdrawn', () => {
    const story = begun();
    ask(story).withdraw();
    assert.deepEqual(story, { ...NEW, askIsOpen: false });
    ask(story);
    ask(story).withdraw();
    assert.deepEqual([story.attempts, story.askIsOpen], [1, true]);
    recordAnswer(story, { kind: 'accepted' }, 61_000);
    ask(story).withdraw();
    assert.deepEqual([story.attempts, story.clientTokens.length, story.askIsOpen], [1, 1, false]);
  });
});

describe('an answer', () => {
  it('is counted, and is not confirmed until a look', () => {
    const story = begun();
    recordAnswer(story, { ...blocked, requestId: 'r-9' }, 61_000);
    assert.deepEqual(
      [story.asks, story.askedAtMs, story.unconfirmedAnswer, story.requestIds],
      [1, 61_000, true, ['r-9']],
    );
    recordLook(story, active);
    assert.equal(story.unconfirmedAnswer, false);
  });

  it('tells a state only where it is accepted and names one', () => {
    const told = (answer: CancelAnswer) => {
      const story = begun();
      recordAnswer(story, answer, 61_000);
      return [story.lastSeenState, story.lastSeenAt];
    };
    assert.deepEqual(told({ kind: 'accepted', rawState: 'CANCELING' }), [
      'CANCELING',
      '1970-01-01T00:01:01.000Z',
    ]);
    assert.deepEqual(told({ kind: 'accepted' }), [undefined, undefined]);
    const refused = { kind: 'refused', code: 'X', message: 'no', rawState: 'CANCELING' } as const;
    assert.deepEqual(told(refused), [undefined, undefined]);
  });

  it('that blocks is waited for since the first of them', () => {
    const story = begun();
    for (const nowMs of [61_000, 62_000]) {
      recordAnswer(story, blocked, nowMs);
      recordBlock(story, nowMs);
    }
    assert.deepEqual(
      [story.waitsForSubtasks, story.unconfirmedAnswer, story.blockedSinceMs],
      [true, false, 61_000],
    );
  });
});

describe('what is told of a cancellation', () => {
  const known = {
    id: 'cancellation',
    runId: 'run-1',
    connection: 'c',
    provider: 'p',
    task: URI,
    startedAt: '1970-01-01T00:01:00.000Z',
    endedAt: '1970-01-01T00:01:30.000Z',
  };

  it('has nothing that is not known', () => {
    const evidence = { observations: 0, asks: 0, requestIds: [] };
    const result = { ...known, evidence, attempts: 0, clientTokens: [] };
    assert.deepEqual(toResult({ task }, begun(), 'not-found', RUN), { ...result, verdict: 'not-found' });
    const failure = { type: 'UnknownConnection', message: 'none' };
    assert.deepEqual(toFailed({ task }, begun(), failure, RUN), { ...result, failure });
    assert.deepEqual(toProgress({ task }, begun()), { ...NEW, task: URI });
  });

  it('has all that is known', () => {
    const input: CancelInput = {
      task: { ...task, hints: { createdOn: '2026-01-01' } },
      reason: 'over budget',
      requestedBy: 'ops',
      campaign: 'campaign-1',
    };
    const story = begun(input);
    ask(story);
    recordAnswer(story, blocked, 61_000);
    const look = {
      ...active,
      state: 'ended',
      end: 'failed',
      endedAt: '2025-12-31T00:00:00.000Z',
      message: 'disk',
      progress: { total: 3 },
    } as const;
    recordLook(story, look);
    Object.assign(story, { askIsOpen: true, givenUp: 'deadline', lastLookFailure: { code: 'Throttled' } });
    const { evidence, ...told } = toResult(input, story, 'failed', RUN);
    assert.deepEqual(told, {
      ...known,
      hints: { createdOn: '2026-01-01' },
      verdict: 'failed',
      attempts: 1,
      clientTokens: story.clientTokens,
      reason: 'over budget',
      requestedBy: 'ops',
      campaign: 'campaign-1',
    });
    assert.deepEqual(evidence, {
      lastState: 'EXECUTING',
      lastStateAt: AT,
      observedAt: AT,
      taskEndedAt: '2025-12-31T00:00:00.000Z',
      message: 'disk',
      progress: { total: 3 },
      observations: 1,
      asks: 1,
      unansweredAsk: true,
      requestIds: ['r-1'],
      answer: blocked,
      askedAt: '1970-01-01T00:01:01.000Z',
      givenUp: 'deadline',
      lastLookFailure: { code: 'Throttled' },
    });
    assert.deepEqual(toProgress(input, story), {
      ...story,
      task: URI,
      reason: 'over budget',
      requestedBy: 'ops',
    });
  });

  it('has no end of a task that has not ended, and none that the vendor does not date', () => {
    const evidenceOf = (look: Observation) => {
      const story = begun();
      recordLook(story, look);
      return toResult({ task }, story, 'unproven', RUN).evidence;
    };
    const seen = {
      lastState: 'EXECUTING',
      lastStateAt: AT,
      observedAt: AT,
      observations: 1,
      asks: 0,
      requestIds: ['r-1'],
    };
    assert.deepEqual(evidenceOf(active), seen);
    assert.deepEqual(evidenceOf({ ...active, state: 'ended', end: 'failed' }), seen);
    // A field that only an end has is not taken from anything else.
    assert.deepEqual(evidenceOf(Object.assign({ ...active }, { endedAt: AT })), seen);
  });
});
