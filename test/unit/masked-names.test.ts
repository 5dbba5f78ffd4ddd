import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { LiveConnections } from '../../activities/live-connections.js';
import { cancelWorkflowId, taskUri, type TaskMask, type TaskRef } from '../../contract/task.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { simulatedConnections } from '../harness.js';
import { liveAlone } from '../live-alone.js';

const configured = simulatedConnections({
  endpoint: 'http://127.0.0.1:1',
  credentials: SIMULATED_CREDENTIALS,
});
const { name: connection, provider } = configured[0]!;
const [field] = provider.fields;
const task: TaskRef = { provider: provider.id, connection, ids: { [field!.name]: field!.example } };
const taskMask: TaskMask = (uri) => Buffer.from(uri).toString('base64url').slice(-32).padStart(32, '_');

describe('a Workflow id that hides its task, to a Worker', () => {
  const opened: LiveConnections[] = [];
  after(() => Promise.all(opened.map((each) => each.close())));

  function open(mask?: TaskMask): LiveConnections {
    const live = liveAlone(configured, { taskMask: mask });
    opened.push(live);
    return live;
  }

  const own = cancelWorkflowId(task, { mask: taskMask(taskUri(task)) });
  const another = cancelWorkflowId(task, { mask: 'x'.repeat(32) });

  it('is that of the task, or of none', () => {
    for (const workflowId of [own, own.replace('cancel/', 'dry-run/'), cancelWorkflowId(task)])
      assert.equal(open(taskMask).find(task, { workflowId }).name, connection);
    assert.equal(open().find(task, { workflowId: cancelWorkflowId(task) }).name, connection);
  });

  for (const [what, mask, workflowId, message] of [
    [
      'of another task, or made with another key',
      taskMask,
      another,
      /must end with ~.*another key "task-ids"/,
    ],
    ['that it has no key to check', undefined, own, /this Worker has no encryption keys/],
  ] as const) {
    it(`is refused when it is one ${what}; of one that is under way, another Worker may know better`, () => {
      for (const retryable of [false, true])
        assert.throws(
          () => open(mask).find(task, { workflowId, retryable }),
          (thrown) => {
            assert.ok(thrown instanceof ApplicationFailure);
            assert.deepEqual([thrown.type, thrown.nonRetryable], ['InvalidInput', !retryable]);
            assert.match(thrown.message, message);
            return true;
          },
        );
    });
  }
});
