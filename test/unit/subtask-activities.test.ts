import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ConnectionGate } from '../../activities/connection-gate.js';
import type { LiveConnections } from '../../activities/live-connections.js';
import { createSubtaskActivities } from '../../activities/subtask-activities.js';
import { WaitLimit } from '../../activities/wait-limit.js';
import { keptLog } from './kept-log.js';
import { ledgerKeeper } from './ledger-keeper.js';

const LOOK_MS = 60;
const task = { provider: 'alibaba-cpfs', connection: 'prod', ids: { taskId: 'task-1' } };

describe('subtasks that run', () => {
  it('are canceled also after a look that took all the time that a look has', async (t) => {
    const waitLimit = new WaitLimit(1_000, LOOK_MS / 2);
    const gate = new ConnectionGate({
      connection: 'prod',
      quotas: {},
      keeper: ledgerKeeper().keeper,
      holder: 'w1',
      waitLimit,
      logger: keptLog().logger,
      onRefused: () => {},
    });
    t.after(() => gate.close());
    const canceled: string[] = [];
    const cancel = (_task: unknown, id: string, { signal }: { readonly signal: AbortSignal }) =>
      gate.pass('CancelSub', signal, async () => {
        canceled.push(id);
        return { kind: 'accepted' };
      });
    const connection = {
      name: 'prod',
      pacing: [{ everyMs: 15_000 }],
      provider: async () => ({ subtasks: { cancel } }),
      async runningSubtasks(_task: unknown, signal: AbortSignal) {
        waitLimit.endsAtMs(signal); // As a live connection does.
        await sleep(LOOK_MS);
        return { count: 2, cancelable: 2, ids: ['sub-1', 'sub-2'], observedAt: new Date().toISOString() };
      },
    };
    const connections = { find: () => connection } as unknown as LiveConnections;
    const activities = createSubtaskActivities(connections);
    const input = { task, waitingSinceMs: Date.now(), cancelUnder: 'token', pauseFirst: false };
    await assert.rejects(
      new MockActivityEnvironment().run((given: typeof input) => activities.awaitSubtasks(given), input),
      { type: 'StillWaiting', message: /^2 subtasks run: sub-1, sub-2/ },
    );
    assert.deepEqual(canceled, ['sub-1', 'sub-2']);
  });
});
