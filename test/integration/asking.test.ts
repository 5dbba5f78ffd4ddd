import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { POLL_NOW_SIGNAL } from '../../contract/names.js';
import type { CancellationHandle } from '../../client/index.js';
import { startStack, type Stack } from '../harness.js';

const CANCEL = 'CancelDataRepositoryTask';
const DESCRIBE = 'DescribeDataRepositoryTasks';

/** What may come in between while the vendor is being asked. */
describe('asking the vendor', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  async function begin(faults: object[] = [], seeded = {}, options = {}) {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...seeded });
    const id = task!.id;
    for (const fault of faults) {
      const { operation = CANCEL, ...rest } = fault as { operation?: string };
      await stack.simulator.fault({ ...rest, match: { operation, taskIds: [id] } } as never);
    }
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${id}`, options);
    return { id, handle, workflow: stack.client.workflow.getHandle(handle.id) };
  }

  const cancels = (id: string) => stack.simulator.calls({ taskId: id, operation: CANCEL });

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await sleep(20);
  }

  it('makes one call, however often somebody pokes while its answer is under way', async () => {
    const { id, handle, workflow } = await begin([{ kind: 'latency', ms: 3_000, afterEffect: true }]);
    await until(async () => (await cancels(id)).length > 0);
    for (let poke = 0; poke < 3; poke++) await workflow.signal(POLL_NOW_SIGNAL);
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'canceled');
    assert.equal((await cancels(id)).length, 1);
    assert.equal(evidence.asks, 1);
    assert.equal(evidence.unansweredAsk, undefined);
  });

  it('is given up only once the call that is under way has its answer', async () => {
    const { id, handle } = await begin([{ kind: 'latency', ms: 2_000, afterEffect: true }]);
    await until(async () => (await cancels(id)).length > 0);
    await handle.abandon({ by: 'grace', reason: 'the wrong task' });
    const { verdict, evidence, endedAt } = await handle.verdict();
    const [call, ...more] = await cancels(id);
    assert.equal(more.length, 0);
    // The task was canceling, or canceled, when it was last looked at; either way the verdict knows of the ask.
    assert.ok(verdict === 'unproven' || verdict === 'canceled', verdict);
    assert.ok(evidence.lastState !== 'EXECUTING', evidence.lastState);
    assert.ok(call !== undefined && Date.parse(call.at) < Date.parse(endedAt));
  });

  it('asks nothing once the Activity has learned, with a heartbeat, that it was given up', async () => {
    // The first call never arrives; before the second, the look is slow, and waiting is given up meanwhile.
    const { id, handle } = await begin([
      { kind: 'reset' },
      { kind: 'latency', ms: 8_000, operation: DESCRIBE, afterCalls: 1, afterEffect: true },
    ]);
    await until(async () => (await stack.simulator.calls({ taskId: id, operation: DESCRIBE })).length > 1);
    await handle.abandon({ by: 'grace', reason: 'the wrong task' });
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'unproven');
    assert.equal(evidence.lastState, 'EXECUTING');
    // The call that was reset may have been made, for all that is known here.
    assert.equal(evidence.unansweredAsk, true);
    await sleep(9_000);
    const effects = (await stack.simulator.summary()).effects.filter(({ task }) => task === id);
    assert.deepEqual(effects, []);
  });

  const interruptions: [string, (handle: CancellationHandle) => Promise<unknown>, object, string][] = [
    ['a poke', (handle) => handle.pollNow(), {}, 'canceled'],
    ['giving up', (handle) => handle.abandon({ by: 'ada', reason: 'x' }), {}, 'unproven'],
    ['the deadline', async () => {}, { deadlineAfterMs: 1_000 }, 'unproven'],
    ['Temporal’s cancel', (handle) => stack.client.workflow.getHandle(handle.id).cancel(), {}, 'unproven'],
  ];
  for (const [name, interrupt, options, expected] of interruptions) {
    it(`takes no call that fails after ${name} for the end of it all`, async () => {
      const { id, handle } = await begin([{ kind: 'hang', ms: 2_000 }], {}, options);
      await until(async () => (await cancels(id)).length > 0);
      await interrupt(handle);
      const { verdict, evidence } = await handle.verdict();
      assert.equal(verdict, expected);
      assert.equal(evidence.unansweredAsk, expected === 'unproven' ? true : undefined);
    });
  }

  it('says that nothing was asked, where no look was ever answered', async () => {
    const { id, handle } = await begin([
      { kind: 'error', status: 503, code: 'ServiceUnavailable', operation: DESCRIBE, times: 1_000 },
    ]);
    await until(async () => (await stack.simulator.calls({ taskId: id, operation: DESCRIBE })).length > 1);
    await assertNothingAsked(id, handle);
  });

  it('says that nothing was asked, where it was given up during the first look', async () => {
    const { id, handle } = await begin([{ kind: 'latency', ms: 15_000, operation: DESCRIBE }]);
    await until(async () => (await handle.status()).pending !== undefined);
    await assertNothingAsked(id, handle);
  });

  async function assertNothingAsked(id: string, handle: CancellationHandle) {
    await handle.abandon({ by: 'grace', reason: 'the wrong task' });
    const { verdict, evidence, attempts, clientTokens } = await handle.verdict();
    assert.deepEqual([verdict, attempts, clientTokens], ['unproven', 0, []]);
    assert.deepEqual([evidence.asks, evidence.unansweredAsk], [0, undefined]);
    assert.deepEqual(await cancels(id), []);
  }

  it('says that no answer came, when none did', async () => {
    const { id, handle } = await begin(
      [{ kind: 'reset', afterEffect: true, times: 'always' }],
      {
        onCancel: 'stuckCanceling',
      },
      { deadlineAfterMs: 3_000 },
    );
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'unproven');
    assert.equal((await cancels(id)).length, 1);
    assert.deepEqual([evidence.asks, evidence.unansweredAsk], [0, true]);
  });

  it('looks when it does not understand the answer: the task may have ended', async () => {
    // Active when it is looked at first, ended when the answer comes.
    await stack.simulator.settings({ provider: 'aws-fsx', latencyMs: 500 });
    const { handle } = await begin([{ kind: 'error', code: 'NobodyKnows', status: 400 }], {
      delays: { runningMs: 1_000 },
    });
    const { verdict, evidence } = await handle.verdict();
    await stack.simulator.settings({ provider: 'aws-fsx', latencyMs: 0 });
    assert.equal(verdict, 'completed');
    assert.equal(evidence.unansweredAsk, true);
  });

  it('fails when it does not understand the answer and the task still runs', async () => {
    const { handle } = await begin([{ kind: 'error', code: 'NobodyKnows', status: 400 }]);
    await assert.rejects(stack.client.workflow.getHandle(handle.id).result(), (thrown: unknown) => {
      assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
      assert.equal(thrown.cause.type, 'Provider.unrecognized');
      assert.match(thrown.cause.message, /NobodyKnows.*whether it cancels the task is not known/);
      return true;
    });
  });

  it('is not put off its proof by one strange answer to a look', async () => {
    const { handle } = await begin(
      [{ kind: 'error', code: 'NobodyKnows', status: 400, operation: DESCRIBE, afterCalls: 1 }],
      { delays: { cancelingMs: 500 } },
    );
    assert.equal((await handle.verdict()).verdict, 'canceled');
  });
});
