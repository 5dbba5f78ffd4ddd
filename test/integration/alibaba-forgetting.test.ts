import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CancelOptions } from '../../client/index.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

const provider = 'alibaba-cpfs';
const domain = 'alibaba-domain';
const CANCEL = 'CancelDataFlowTask';
const LOOK = 'DescribeDataFlowTasks';

/** What a cloud may forget, and how it may say "nothing": a whole cancellation through each reading of what is not documented. */
describe('a cancellation in a cloud of Alibaba that forgets', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ connect: simulatedConnections });
    await stack.startWorker();
  });
  beforeEach(async () => {
    await stack.simulator.reset();
    const quotas = { [CANCEL]: null, [LOOK]: null, DescribeDataFlowSubTasks: null };
    await stack.simulator.settings({ provider, quotas });
  });
  after(() => stack.close());

  const switched = (switches: Record<string, unknown>) => stack.simulator.settings({ provider, switches });

  async function start(request: Partial<SeedRequest>, options: CancelOptions = {}) {
    const [task] = await stack.simulator.seed({ provider, state: 'running', ...request });
    const { id, ids } = task!;
    const uri = `${provider}://sim-cpfs/${ids['fileSystemId']}/${ids['dataFlowId']}/${ids['taskId']}`;
    return { id, handle: await stack.quiesce.cancel(uri, { deadlineAfterMs: 60_000, ...options }) };
  }
  async function untilLookedAfterAsk(taskId: string): Promise<void> {
    for (;;) {
      const calls = (await stack.simulator.calls({ taskId })).map(({ operation }) => operation);
      if (calls.includes(CANCEL) && calls.at(-1) === LOOK) return;
      await sleep(20);
    }
  }
  /** Its looks name no task. */
  async function untilDomainLookedAfterAsk(): Promise<void> {
    for (;;) {
      const calls = (await stack.simulator.calls({ provider: domain })).map(({ operation }) => operation);
      if (calls.includes('CancelTask') && calls.at(-1) === 'QueryTaskList') return;
      await sleep(20);
    }
  }
  const asks = (taskId: string) => stack.simulator.calls({ taskId, operation: CANCEL });

  for (const unknownTaskInFilter of ['empty', 'InvalidTaskId.NotFound']) {
    it(`claims no cancel of a task that is no longer listed when its end is looked for (${unknownTaskInFilter})`, async () => {
      await switched({ endedListedMs: 300_000, unknownTaskInFilter });
      const { id, handle } = await start({ delays: { cancelingMs: 600_000 } });
      await untilLookedAfterAsk(id);
      await stack.simulator.advanceClock(600_000 + 300_000);
      const { verdict, evidence } = await handle.verdict();
      assert.deepEqual([verdict, evidence.lastState], ['deleted', 'Canceling']);
      assert.equal((await stack.simulator.tasks({ provider, id }))[0]?.state, 'canceled');
      assert.equal((await asks(id)).length, 1);
    });
  }

  it('proves the end of a task that is listed for a little longer', async () => {
    await switched({ endedListedMs: 300_000 });
    const { id, handle } = await start({ delays: { cancelingMs: 600_000 } });
    await untilLookedAfterAsk(id);
    await stack.simulator.advanceClock(600_000 + 200_000);
    assert.equal((await handle.verdict()).verdict, 'canceled');
  });

  it('never asks for a task that had ended and was forgotten before the first look', async () => {
    await switched({ endedListedMs: 300_000 });
    await stack.simulator.settings({ provider, delays: { runningMs: 1_000 } });
    const [task] = await stack.simulator.seed({ provider, ids: ['task-old'] });
    await stack.simulator.advanceClock(400_000);
    const { fileSystemId, dataFlowId, taskId } = task!.ids;
    const handle = await stack.quiesce.cancel(
      `${provider}://sim-cpfs/${fileSystemId}/${dataFlowId}/${taskId}`,
    );
    assert.equal((await handle.verdict()).verdict, 'not-found');
    assert.deepEqual(await asks('task-old'), []);
  });

  for (const [emptyList, lateMs, expected] of [
    ['array', 400_000, 'deleted'],
    ['absent', 400_000, 'deleted'],
    ['array', 200_000, 'canceled'],
  ] as const) {
    it(`calls a Domain task ${expected} that moves to the history after 300 s, looked for after ${lateMs / 1_000} (${emptyList})`, async () => {
      await stack.simulator.settings({
        provider: domain,
        switches: { movedToHistory: 300_000, emptyList, listOrder: 'byTaskNo', codesAgree: false },
      });
      const [task] = await stack.simulator.seed({
        provider: domain,
        state: 'running',
        delays: { cancelingMs: 600_000, runningMs: 3_600_000 },
      });
      const handle = await stack.quiesce.cancel(`${domain}://sim-domain/${task!.id}`, {
        deadlineAfterMs: 60_000,
      });
      await untilDomainLookedAfterAsk();
      await stack.simulator.advanceClock(600_000 + lateMs);
      const { verdict, evidence } = await handle.verdict();
      assert.equal(verdict, expected);
      assert.equal(evidence.lastState, expected === 'deleted' ? 'EXECUTING/CANCELLING' : 'COMPLETE/COMPLETE');
      assert.equal((await stack.simulator.tasks({ provider: domain }))[0]?.state, 'canceled');
    });
  }

  it('cancels once although the reply was lost and its token is forgotten', async () => {
    await switched({ clientTokenLifeMs: 0, cancelOfCanceling: 'InvalidStatus.Unlisted' });
    await stack.simulator.fault({ kind: 'reset', afterEffect: true, match: { operation: CANCEL } });
    const { id, handle } = await start({ delays: { cancelingMs: 3_000 } });
    assert.equal((await handle.verdict()).verdict, 'canceled');
    assert.equal((await asks(id)).filter(({ effect }) => effect).length, 1);
  });

  for (const emptyList of ['array', 'object', 'absent', 'null', 'text']) {
    for (const onRunningSubtasks of ['wait', 'cancel'] as const) {
      it(`sees that no subtask runs any more (${onRunningSubtasks}), written as ${emptyList}`, async () => {
        await switched({ emptyList });
        const { id, handle } = await start(
          { details: { runningSubtasks: 2, subtaskMs: onRunningSubtasks === 'wait' ? 1_000 : 600_000 } },
          { onRunningSubtasks },
        );
        assert.equal((await handle.verdict()).verdict, 'canceled');
        assert.equal((await asks(id)).filter(({ effect }) => effect).length, 1);
      });
    }
  }
});
