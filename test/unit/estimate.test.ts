import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createEstimateActivities, type EstimateCallsInput } from '../../activities/estimate-activities.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { simulatedConnections } from '../harness.js';
import { liveAlone } from '../live-alone.js';

const FSX = 'aws-fsx';
const CPFS = 'alibaba-cpfs';

/** Nothing listens there: an estimate makes no call. */
const cloud = { endpoint: 'http://127.0.0.1:1', credentials: SIMULATED_CREDENTIALS };
const [fsx, cpfs] = [FSX, CPFS].map((id) => {
  const found = simulatedConnections(cloud).find(({ provider }) => provider.id === id);
  assert.ok(found !== undefined);
  return found;
});
assert.ok(fsx !== undefined && cpfs !== undefined);

describe('the estimate of a campaign', () => {
  const live = liveAlone([
    { ...fsx, name: 'fsx', quotas: {} },
    { ...cpfs, name: 'cpfs', quotas: cpfs.provider.operations },
    { ...cpfs, name: 'slow-looks', quotas: { DescribeDataFlowTasks: { calls: 1, perMs: 5_000 } } },
  ]);
  after(() => live.close());
  const estimate = (connections: EstimateCallsInput['connections']) =>
    new MockActivityEnvironment().run(
      (input: EstimateCallsInput) => createEstimateActivities(live).estimateCalls(input),
      { connections },
    );

  it('counts a call for each ask and for each batch of looks, before and after', async () => {
    assert.deepEqual(await estimate([{ connection: 'fsx', provider: FSX, toAsk: 1_001, toProve: 1_100 }]), [
      // In batches of 50.
      { connection: 'fsx', asks: 1_001, looks: 21 + 22 },
    ]);
  });

  it('takes as long as the operation that takes longest at its quota', async () => {
    const loads = [
      { connection: 'cpfs', provider: CPFS, toAsk: 300, toProve: 310 },
      { connection: 'slow-looks', provider: CPFS, toAsk: 300, toProve: 310 },
      { connection: 'cpfs', provider: CPFS, toAsk: 0, toProve: 0 },
    ];
    assert.deepEqual(await estimate(loads), [
      { connection: 'cpfs', asks: 300, looks: 3 + 4, durationMs: 150_000 },
      { connection: 'slow-looks', asks: 300, looks: 3 + 4, durationMs: 35_000 },
      { connection: 'cpfs', asks: 0, looks: 0, durationMs: 0 },
    ]);
  });

  it('waits for a Worker whose config has the connection, of the same provider', async () => {
    for (const [connection, provider, type] of [
      ['nowhere', FSX, 'UnknownConnection'],
      ['fsx', CPFS, 'InvalidInput'],
    ] as const) {
      await assert.rejects(estimate([{ connection, provider, toAsk: 1, toProve: 1 }]), {
        type,
        nonRetryable: false,
      });
    }
  });
});
