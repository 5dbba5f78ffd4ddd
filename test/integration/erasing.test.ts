import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

const provider = 'huawei-sfs-turbo-data';

/** Where the cancel call erases the record of a task that has ended. */
describe('a cancel that could erase', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ connect: simulatedConnections });
    await stack.startWorker();
  });
  after(() => stack.close());

  it('is not sent on the word of an old look: the task has ended meanwhile', async () => {
    const [task] = await stack.simulator.seed({ provider, state: 'running', delays: { runningMs: 1_500 } });
    const { id, ids } = task!;
    // The first look is true when it is made, and is late to arrive.
    const match = { operation: 'ShowHpcCacheTask', taskIds: [id] };
    await stack.simulator.fault({ kind: 'latency', ms: 3_000, afterEffect: true, match });
    const handle = await stack.quiesce.cancel(
      `${provider}://sim-sfs-data/${ids['shareId']}/${ids['taskId']}`,
    );
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'completed');
    assert.deepEqual(await stack.simulator.calls({ taskId: id, operation: 'DeleteHpcCacheTask' }), []);
    assert.deepEqual([evidence.asks, evidence.unansweredAsk], [0, undefined]);
  });

  it('is told with the last state that any look has seen', async () => {
    const [task] = await stack.simulator.seed({ provider, state: 'running', delays: { cancelingMs: 1_500 } });
    const { ids } = task!;
    const handle = await stack.quiesce.cancel(
      `${provider}://sim-sfs-data/${ids['shareId']}/${ids['taskId']}`,
    );
    const { verdict, evidence } = await handle.verdict();
    assert.deepEqual([verdict, evidence.lastState], ['deleted', 'DELETING']);
    assert.ok(Date.parse(evidence.lastStateAt!) < Date.parse(evidence.observedAt!));
  });

  it('is not repeated where reads are old: what seems to run may have ended', async () => {
    const old = 'huawei-sfs-turbo-dir-usage';
    await stack.simulator.settings({ provider: old, refreshMs: 3_000 });
    const [task] = await stack.simulator.seed({
      provider: old,
      state: 'running',
      onCancel: 'finishFirst',
      delays: { cancelingMs: 500 },
    });
    const { id, ids } = task!;
    const handle = await stack.quiesce.cancel(`${old}://sim-sfs-du/${ids['shareId']}/${ids['taskId']}`);
    const { verdict } = await handle.verdict();
    assert.equal(verdict, 'completed');
    assert.equal((await stack.simulator.calls({ taskId: id, operation: 'DeleteFsTask' })).length, 1);
    await stack.simulator.settings({ provider: old, refreshMs: 0 });
  });
});
