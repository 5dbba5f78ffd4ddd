import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clientToken } from '../../contract/client-token.js';
import { beginAsk, newStory, recordAnswer } from '../../workflows/story.js';

describe('clientToken', () => {
  it('is the SHA-256 of run, task and attempt, in 64 hex characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (runId, task, attempt) => {
        const expected = createHash('sha256').update(`${runId}\n${task}\n${attempt}`).digest('hex');
        assert.equal(clientToken(runId, task, attempt), expected);
      }),
    );
  });

  it('stays the same while the outcome of an attempt is open', () => {
    const story = newStory({ task: { provider: 'p', connection: 'c', ids: { id: '1' } } }, 0);
    const first = beginAsk(story, 'run', 'task');
    const again = beginAsk(story, 'run', 'task');
    assert.deepEqual([first.lookFirst, again.lookFirst], [false, true]);
    assert.equal(again.clientToken, first.clientToken);
    assert.deepEqual([story.attempts, story.clientTokens.length], [1, 1]);
  });

  it('changes when the vendor has definitely refused, and not before', () => {
    const story = newStory({ task: { provider: 'p', connection: 'c', ids: { id: '1' } } }, 0);
    const first = beginAsk(story, 'run', 'task');
    recordAnswer(story, { kind: 'blocked', code: 'X', message: 'subtasks' }, 0);
    const second = beginAsk(story, 'run', 'task');
    assert.notEqual(second.clientToken, first.clientToken);
    // The answer to the second never came: it is the same attempt still.
    assert.equal(beginAsk(story, 'run', 'task').clientToken, second.clientToken);
    assert.equal(story.askIsOpen, true);
  });

  it('is withdrawn with an attempt that was not made', () => {
    const story = newStory({ task: { provider: 'p', connection: 'c', ids: { id: '1' } } }, 0);
    beginAsk(story, 'run', 'task').withdraw();
    assert.deepEqual([story.attempts, story.clientTokens, story.askIsOpen], [0, [], false]);
  });
});
