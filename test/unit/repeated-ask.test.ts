import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AskTargetsInput, AskTargetsOutput } from '../../activities/ask-targets.js';
import { createCampaignActivities } from '../../activities/campaign-activities.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { simulatedConnections } from '../harness.js';
import { liveAlone, NOBODY_ELSE } from '../live-alone.js';

/** Nothing listens there: no look tells anything. */
const cloud = { endpoint: 'http://127.0.0.1:1', credentials: SIMULATED_CREDENTIALS };
const fsx = simulatedConnections(cloud).find(({ provider }) => provider.id === 'aws-fsx');
assert.ok(fsx !== undefined);

describe('an attempt to ask that could look at nothing', () => {
  const live = liveAlone([{ ...fsx, name: 'fsx' }]);
  after(() => live.close());
  const activities = createCampaignActivities(live, NOBODY_ELSE);
  const input: AskTargetsInput = {
    connection: 'fsx',
    provider: 'aws-fsx',
    fields: ['taskId'],
    targets: ['task-00000000000000001', 'task-00000000000000002', 'task-00000000000000003'],
    tokenSeed: 'a-run',
    sliceMs: 500,
  };
  const statesAfter = async (attempt: number, heartbeatDetails?: unknown) => {
    const environment = new MockActivityEnvironment({ attempt, heartbeatDetails });
    const { changes } = (await environment.run(
      (asked: typeof input) => activities.askTargets(asked),
      input,
    )) as AskTargetsOutput;
    return changes.map(([place, { state, askedAtMs }]) => [place, state, askedAtMs !== undefined]);
  };

  it('leaves them as they were when it is the first', async () => {
    assert.deepEqual(await statesAfter(1), []);
  });

  it('tells when it is another that the ones before may have asked them', async () => {
    assert.deepEqual(await statesAfter(2), [
      [0, 'waiting', true],
      [1, 'waiting', true],
      [2, 'waiting', true],
    ]);
  });

  it('keeps what the ones before have told', async () => {
    const kept = { changes: [[1, { state: 'asked' }]], calls: { asks: 1, looks: 1, throttled: 0 } };
    assert.deepEqual(await statesAfter(2, kept), [
      [1, 'asked', false],
      [0, 'waiting', true],
      [2, 'waiting', true],
    ]);
  });
});
