import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { ABANDON_UPDATE, EXTEND_DEADLINE_UPDATE, POLL_NOW_SIGNAL } from '../../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js';
import { queryWorkflow } from '../../setup/query-workflow.js';
import { startStack, type Stack } from '../harness.js';

const HOUR_MS = 3_600_000;
const CANCEL = 'CancelDataRepositoryTask';

/** What a caller, an operator or Temporal may do while a cancellation waits. */
describe('a waiting cancellation', () => {
  let stack: Stack;

  before(async () => {
    // A low threshold, so that Continue-As-New is reached without thousands of events.
    stack = await startStack({
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
    });
    await stack.startWorker();
  });
  after(() => stack.close());

  async function seed(request = {}): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    return task!.id;
  }

  async function startStuck(options = {}) {
    const id = await seed({ onCancel: 'stuckCanceling' });
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${id}`, {
      deadlineAfterMs: HOUR_MS,
      ...options,
    });
    await untilProving(id);
    return { id, handle, workflow: stack.client.workflow.getHandle(handle.id) };
  }

  async function untilProving(id: string): Promise<void> {
    for (;;) {
      const calls = await stack.simulator.calls({ taskId: id });
      if (
        calls.findIndex(({ operation }) => operation === CANCEL) !== -1 &&
        calls.at(-1)!.operation !== CANCEL
      )
        return;
      await sleep(20);
    }
  }

  it('is abandoned by somebody, for a reason, and says so', async () => {
    const { handle } = await startStuck();
    await handle.abandon({ by: 'grace', reason: 'the file system goes away tonight' });
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'unproven');
    assert.deepEqual(
      { ...evidence.givenUp, at: undefined },
      { how: 'abandoned', by: 'grace', reason: 'the file system goes away tonight', at: undefined },
    );
    assert.equal(evidence.lastState, 'CANCELING');
  });

  it('is not abandoned by nobody or for nothing', async () => {
    const { workflow } = await startStuck();
    for (const args of [{}, { by: 'grace' }, { by: ' ', reason: 'x' }, null]) {
      await assert.rejects(workflow.executeUpdate(ABANDON_UPDATE, { args: [args] }), /Update failed/);
    }
    assert.equal((await workflow.describe()).status.name, 'RUNNING');
    await workflow.terminate();
  });

  it('waits longer when its deadline is extended', async () => {
    const { handle, workflow } = await startStuck({ deadlineAfterMs: 1_500 });
    const { deadlineAtMs } = await handle.progress();
    const { deadlineAt } = await workflow.executeUpdate<{ deadlineAt: string }, [{ byMs: number }]>(
      EXTEND_DEADLINE_UPDATE,
      { args: [{ byMs: 2_000 }] },
    );
    assert.equal(Date.parse(deadlineAt), deadlineAtMs + 2_000);
    const { evidence, startedAt, endedAt } = await handle.verdict();
    assert.equal(evidence.givenUp?.how, 'deadline');
    assert.ok(Date.parse(endedAt) - Date.parse(startedAt) >= 3_500);
  });

  it('refuses a deadline that is not one', async () => {
    const { workflow } = await startStuck();
    for (const byMs of [0, -1, Number.NaN, '1h', 1e15, undefined]) {
      await assert.rejects(
        workflow.executeUpdate(EXTEND_DEADLINE_UPDATE, { args: [{ byMs }] }),
        /Update failed/,
      );
    }
    await workflow.terminate();
  });

  it('is Completed as unproven when Temporal cancels its Workflow, and never claims a canceled task', async () => {
    const { handle, workflow, id } = await startStuck();
    await workflow.cancel();
    const { verdict, evidence } = await handle.verdict();
    assert.deepEqual(
      [verdict, evidence.givenUp?.how, evidence.lastState],
      ['unproven', 'workflow-cancelled', 'CANCELING'],
    );
    assert.equal((await workflow.describe()).status.name, 'COMPLETED');
    assert.equal((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length, 1);
  });

  it('proves the end if the last look finds it, though waiting was given up', async () => {
    const id = await seed({ delays: { cancelingMs: 2_000 } });
    // The pacing of a real cloud: the next poll would be far away.
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${id}`, { deadlineAfterMs: HOUR_MS });
    await untilProving(id);
    await stack.simulator.advanceClock(2_000);
    await stack.client.workflow.getHandle(handle.id).cancel();
    assert.equal((await handle.verdict()).verdict, 'canceled');
  });

  it('looks at once when told to, without asking again, and continues as new when its history grows', async () => {
    const { id, workflow, handle } = await startStuck({ requestedBy: 'ada' });
    const first = await workflow.describe();
    for (let i = 0; i < 25; i++) {
      await workflow.signal(POLL_NOW_SIGNAL);
      await sleep(60);
    }
    const latest = await stack.client.workflow.getHandle(handle.id).describe();
    assert.notEqual(latest.runId, first.runId, 'it never continued as new');
    assert.ok(latest.historyLength < 120, `${latest.historyLength} events`);
    assert.equal(
      latest.typedSearchAttributes.get({ name: SEARCH_ATTRIBUTES.requestedBy, type: 'KEYWORD' }),
      'ada',
    );
    await stack.client.workflow
      .getHandle(handle.id)
      .executeUpdate(ABANDON_UPDATE, { args: [{ by: 'me', reason: 'over' }] });
    const result = await handle.verdict();
    assert.deepEqual([result.verdict, result.attempts, result.clientTokens.length], ['unproven', 1, 1]);
    assert.equal(result.runId, first.runId);
    assert.equal((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length, 1);
  });

  it('continues as new under a storm of extended deadlines, and keeps the latest', async () => {
    const { handle, workflow } = await startStuck();
    const first = await workflow.describe();
    const { deadlineAtMs } = await handle.progress();
    for (let i = 0; i < 25; i++) await handle.extendDeadline(1_000);
    await sleep(500);
    const latest = stack.client.workflow.getHandle(handle.id);
    assert.notEqual((await latest.describe()).runId, first.runId, 'it never continued as new');
    assert.equal((await handle.progress()).deadlineAtMs, deadlineAtMs + 25_000);
    await handle.abandon({ by: 'me', reason: 'over' });
    const result = await handle.verdict();
    assert.deepEqual([result.attempts, result.evidence.asks], [1, 1]);
  });

  it('is one cancellation for all who ask for the same task', async () => {
    const id = await seed({ delays: { cancelingMs: 1_000 } });
    const handles = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        stack.quiesce.cancel(`aws-fsx://sim/${id}`, { requestedBy: `caller ${n}` }),
      ),
    );
    const results = await Promise.all(handles.map((handle) => handle.verdict()));
    assert.equal(handles.filter(({ attached }) => !attached).length, 1);
    assert.equal(new Set(results.map((result) => JSON.stringify(result))).size, 1);
    assert.equal(results[0]!.verdict, 'canceled');
    assert.equal((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length, 1);
  });

  it('asks again, under the same token, a task that stays active after it was told to stop', async () => {
    // The vendor shows states of half a minute ago: longer than twelve polls.
    const id = await seed();
    await stack.simulator.settings({ provider: 'aws-fsx', refreshMs: 2_500 });
    try {
      const handle = await stack.quiesce.cancel(`aws-fsx://sim/${id}`, { deadlineAfterMs: HOUR_MS });
      const result = await handle.verdict();
      const asks = await stack.simulator.calls({ taskId: id, operation: CANCEL });
      assert.equal(result.verdict, 'canceled');
      assert.ok(asks.length >= 2 && asks.length <= 4, `${asks.length} asks`);
      assert.deepEqual([result.attempts, result.clientTokens.length], [1, 1]);
      assert.equal(asks.filter(({ effect }) => effect).length, 1);
    } finally {
      await stack.simulator.settings({ provider: 'aws-fsx', refreshMs: 0 });
    }
  });

  for (const [step, name] of [
    [
      'requestCancel',
      'looks before it asks in a run that a reset has made: the run before it may have asked',
    ],
    ['awaitEnd', 'goes on in a run that a reset has made after the ask'],
  ] as const) {
    it(name, async () => {
      const { id, workflow, handle } = await startStuck();
      const { clientTokens: tokensBefore } = await handle.progress();
      const { events } = await workflow.fetchHistory();
      const scheduled = events!.find(
        ({ activityTaskScheduledEventAttributes: task }) => task?.activityType?.name === step,
      )!.activityTaskScheduledEventAttributes!;
      const { runId } = await workflow.describe();
      await stack.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: handle.id, runId },
        reason: 'test',
        requestId: 'reset-1',
        workflowTaskFinishEventId: scheduled.workflowTaskCompletedEventId!,
      });
      const latest = stack.client.workflow.getHandle(handle.id);
      const phase = async () => (await queryWorkflow<{ phase: string }>(latest, 'progress')).phase;
      while ((await phase()) !== 'proving') await sleep(50);
      assert.notEqual((await latest.describe()).runId, runId);
      await latest.executeUpdate(ABANDON_UPDATE, { args: [{ by: 'me', reason: 'over' }] });
      const { clientTokens } = (await latest.result()) as { clientTokens: string[] };
      assert.deepEqual(clientTokens, tokensBefore);
      assert.equal((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length, 1);
    });
  }

  it('is found by its Search Attributes, and its story is told in the UI', async () => {
    const { handle, workflow } = await startStuck({ requestedBy: 'grace', reason: 'quarter end' });
    const { typedSearchAttributes } = await workflow.describe();
    const read = (name: string) => typedSearchAttributes.get({ name, type: 'KEYWORD' });
    const { task, provider, connection, phase, requestedBy, verdict } = SEARCH_ATTRIBUTES;
    assert.deepEqual([task, provider, connection, phase, requestedBy, verdict].map(read), [
      handle.id.replace('cancel/aws-fsx/', 'aws-fsx://'),
      'aws-fsx',
      'sim',
      'proving',
      'grace',
      undefined,
    ]);
    const { currentDetails } = await workflow.query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    assert.match(currentDetails, /### proving/);
    assert.match(currentDetails, /quarter end/);
    await handle.abandon({ by: 'me', reason: 'over' });
    await handle.verdict();
    assert.equal(
      (await workflow.describe()).typedSearchAttributes.get({ name: verdict, type: 'KEYWORD' }),
      'unproven',
    );
  });
});
