import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelResult } from '../../contract/cancellation.js';
import { CancellationFailedError } from '../../client/index.js';
import type { FaultRequest, SeedRequest } from '../../simulator/control-requests.js';
import { startStack, type Stack } from '../harness.js';
import { replayAll } from '../replay-all.js';

const CANCEL = 'CancelDataRepositoryTask';
const DESCRIBE = 'DescribeDataRepositoryTasks';

describe('cancelTask on a real Temporal server', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(async () => {
    try {
      await replayAll(stack);
    } finally {
      await stack.close();
    }
  });

  async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    return task!.id;
  }

  async function cancel(id: string, options = {}): Promise<CancelResult> {
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${id}`, { deadlineAfterMs: 30_000, ...options });
    return handle.verdict();
  }

  async function fault(id: string, request: FaultRequest): Promise<void> {
    await stack.simulator.fault({ ...request, match: { ...request.match, taskIds: [id] } });
  }

  async function asks(id: string) {
    return stack.simulator.calls({ taskId: id, operation: CANCEL });
  }

  async function historyLength(id: string): Promise<number> {
    return (await stack.client.workflow.getHandle(`cancel/aws-fsx/sim/${id}`).describe()).historyLength;
  }

  it('proves canceled, with evidence', async () => {
    const id = await seed({ delays: { cancelingMs: 300 } });
    const result = await cancel(id, { reason: 'wrong bucket', requestedBy: 'ada' });

    const { firstExecutionRunId } = await stack.client.workflow
      .getHandle(result.id)
      .fetchHistory()
      .then(({ events }) => events![0]!.workflowExecutionStartedEventAttributes!);
    const token = createHash('sha256').update(`${firstExecutionRunId}\n${result.task}\n1`).digest('hex');
    assert.deepEqual(
      { ...result, evidence: undefined, startedAt: undefined, endedAt: undefined },
      {
        id: `cancel/aws-fsx/sim/${id}`,
        runId: firstExecutionRunId,
        connection: 'sim',
        provider: 'aws-fsx',
        task: `aws-fsx://sim/${id}`,
        verdict: 'canceled',
        attempts: 1,
        clientTokens: [token],
        requestedBy: 'ada',
        reason: 'wrong bucket',
        evidence: undefined,
        startedAt: undefined,
        endedAt: undefined,
      },
    );
    const calls = await stack.simulator.calls({ taskId: id });
    const { evidence } = result;
    assert.equal(evidence.lastState, 'CANCELED');
    assert.equal(evidence.answer?.kind, 'accepted');
    assert.equal(evidence.asks, 1);
    assert.equal(evidence.observations, calls.length - 1);
    assert.deepEqual(
      evidence.requestIds,
      [calls[0], calls[1], calls.at(-1)].map((call) => call!.requestId),
    );
    assert.ok(Date.parse(evidence.taskEndedAt!) <= Date.parse(evidence.observedAt!));
    assert.ok(Date.parse(result.startedAt) < Date.parse(result.endedAt));
  });

  it('tells at most 30 events about a cancellation that is polled 100 times', async () => {
    const id = await seed({ delays: { cancelingMs: 600_000 } });
    const cancellation = cancel(id, { deadlineAfterMs: 300_000 });
    while ((await stack.simulator.calls({ taskId: id })).length < 105) await sleep(200);
    await stack.simulator.advanceClock(600_000);
    const result = await cancellation;
    assert.equal(result.verdict, 'canceled');
    assert.ok(result.evidence.observations >= 100, `${result.evidence.observations} looks`);
    const events = await historyLength(id);
    assert.ok(events <= 30, `${events} events`);
    assert.equal((await asks(id)).length, 1);
  });

  it('proves completed when the task finished first', async () => {
    const id = await seed({ onCancel: 'finishFirst' });
    const result = await cancel(id);
    assert.deepEqual([result.verdict, result.evidence.lastState], ['completed', 'SUCCEEDED']);
    assert.equal((await asks(id)).length, 1);
  });

  it('proves failed when the task failed by itself', async () => {
    const id = await seed({ onCancel: 'failFirst' });
    assert.equal((await cancel(id)).verdict, 'failed');
  });

  it('does not take "already ended" in answer to the ask for proof of how', async () => {
    const id = await seed({ onCancel: 'alreadyFinished' });
    const result = await cancel(id);
    assert.deepEqual([result.verdict, result.evidence.answer?.kind], ['completed', 'already-ended']);
  });

  for (const [state, verdict] of [
    ['canceled', 'canceled'],
    ['completed', 'completed'],
    ['failed', 'failed'],
  ] as const) {
    it(`sends no cancel call for a task that is ${state} already`, async () => {
      const id = await seed({ state });
      const result = await cancel(id);
      assert.deepEqual([result.verdict, result.attempts], [verdict, 0]);
      assert.deepEqual(
        (await stack.simulator.calls({ taskId: id })).map((call) => call.operation),
        [DESCRIBE],
      );
    });
  }

  it('sends no cancel call for a task that is canceling already, and proves its end', async () => {
    const id = await seed({ state: 'canceling', delays: { cancelingMs: 200 } });
    const result = await cancel(id);
    assert.deepEqual([result.verdict, result.attempts, (await asks(id)).length], ['canceled', 0, 0]);
  });

  it('says not-found of a task that was never seen, and asks nothing', async () => {
    const id = 'task-0000000000000dead';
    const result = await cancel(id);
    assert.deepEqual(
      [result.verdict, result.attempts, result.evidence.lastState],
      ['not-found', 0, undefined],
    );
  });

  it('says deleted of a task that was seen and is gone', async () => {
    const id = await seed();
    await fault(id, {
      kind: 'error',
      match: { operation: DESCRIBE },
      afterCalls: 2,
      times: 'always',
      status: 400,
      code: 'DataRepositoryTaskNotFound',
    });
    const result = await cancel(id);
    assert.deepEqual([result.verdict, result.evidence.lastState], ['deleted', 'CANCELING']);
  });

  it('says refused, with the vendor’s code, after a look confirmed it', async () => {
    const id = await seed({ onCancel: 'unsupported' });
    const result = await cancel(id);
    assert.equal(result.verdict, 'refused');
    assert.deepEqual(result.evidence.answer, {
      kind: 'refused',
      code: 'UnsupportedOperation',
      message: (result.evidence.answer as { message: string }).message,
      requestId: (await asks(id))[0]!.requestId,
    });
    assert.deepEqual(
      (await stack.simulator.calls({ taskId: id })).map((call) => call.operation),
      [DESCRIBE, CANCEL, DESCRIBE],
    );
  });

  const transient: [string, FaultRequest][] = [
    ['throttled', { kind: 'throttle', times: 2 }],
    ['answered 500 in JSON', { kind: 'error', times: 2 }],
    ['answered 503 in HTML', { kind: 'html', status: 503, times: 2 }],
    ['reset before the effect', { kind: 'reset', times: 2 }],
    ['answered with a truncated 500', { kind: 'html', status: 500, times: 1 }],
  ];
  for (const [name, request] of transient) {
    for (const operation of [CANCEL, DESCRIBE]) {
      it(`gets over ${operation} ${name}`, async () => {
        const id = await seed();
        await fault(id, { ...request, match: { operation } });
        const result = await cancel(id);
        assert.deepEqual([result.verdict, result.attempts, result.clientTokens.length], ['canceled', 1, 1]);
        assert.equal((await asks(id)).filter((call) => call.effect).length, 1);
      });
    }
  }

  it('asks no second time when the reply was lost after the effect', async () => {
    const id = await seed({ delays: { cancelingMs: 3_000 } });
    await fault(id, { kind: 'reset', afterEffect: true, match: { operation: CANCEL }, times: 1 });
    const result = await cancel(id);
    assert.deepEqual([result.verdict, result.attempts], ['canceled', 1]);
    assert.deepEqual(
      (await asks(id)).map((call) => call.effect),
      [true],
    );
  });

  it('gives up a call that hangs, and gets over it', async () => {
    const id = await seed();
    await fault(id, { kind: 'hang', match: { operation: CANCEL }, times: 1 });
    const started = Date.now();
    const result = await cancel(id);
    assert.deepEqual([result.verdict, result.attempts], ['canceled', 1]);
    assert.ok(Date.now() - started < 25_000);
  });

  it('ends unproven at the deadline when the task sticks in CANCELING', async () => {
    const id = await seed({ onCancel: 'stuckCanceling' });
    const result = await cancel(id, { deadlineAfterMs: 1_500 });
    assert.deepEqual(
      [result.verdict, result.evidence.lastState, result.evidence.givenUp?.how],
      ['unproven', 'CANCELING', 'deadline'],
    );
    const waited = Date.parse(result.endedAt) - Date.parse(result.startedAt);
    assert.ok(waited >= 1_500, `${waited} ms`);
    assert.equal((await asks(id)).length, 1);
  });

  it('ends unproven, never failed, when the vendor is away until the deadline', async () => {
    const id = await seed();
    await fault(id, { kind: 'html', status: 503, times: 'always' });
    const result = await cancel(id, { deadlineAfterMs: 1_000 });
    assert.deepEqual(
      [result.verdict, result.attempts, result.evidence.lastState],
      ['unproven', 0, undefined],
    );
    assert.match(result.evidence.lastLookFailure ?? '', /HTTP 503/);
  });

  it('surfaces an error no table lists at once, and does not repeat the call', async () => {
    const id = await seed();
    await fault(id, {
      kind: 'error',
      match: { operation: CANCEL },
      status: 400,
      code: 'MoonPhaseError',
      times: 'always',
    });
    await assert.rejects(cancel(id), (thrown: unknown) => {
      assert.ok(thrown instanceof CancellationFailedError);
      assert.equal(thrown.failureType, 'Provider.unrecognized');
      assert.match(thrown.message, /MoonPhaseError/);
      return true;
    });
    assert.equal((await asks(id)).length, 1);
  });

  it('surfaces a state no table lists at once, and asks nothing', async () => {
    const id = await seed({ word: 'HIBERNATING' });
    await assert.rejects(cancel(id), /HIBERNATING/);
    assert.equal((await asks(id)).length, 0);
  });

  it('does not take a malformed answer for anything', async () => {
    const id = await seed();
    await fault(id, { kind: 'malformed', body: 'empty', match: { operation: DESCRIBE }, times: 'always' });
    await assert.rejects(cancel(id), (thrown: unknown) => {
      assert.ok(thrown instanceof CancellationFailedError);
      assert.equal(thrown.failureType, 'Provider.unrecognized');
      return true;
    });
    assert.equal((await asks(id)).length, 0);
  });

  it('waits for a denied credential to be mended, and says so meanwhile', async () => {
    const id = await seed();
    await fault(id, {
      kind: 'error',
      match: { operation: CANCEL },
      status: 400,
      code: 'AccessDeniedException',
      times: 2,
    });
    assert.equal((await cancel(id)).verdict, 'canceled');
  });

  it('looks only, in a dry run', async () => {
    const [active, gone] = [await seed(), await seed({ state: 'completed' })];
    assert.equal((await cancel(active, { dryRun: true })).verdict, 'would-cancel');
    assert.equal((await cancel(gone, { dryRun: true })).verdict, 'already-ended');
    assert.deepEqual([await asks(active), await asks(gone)], [[], []]);
  });
});
