import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ConnectionLike, type WorkflowService } from '@temporalio/client';
import { NOBODY } from '../../api/caller.js';
import { startOnce } from '../../api/start-once.js';
import { seedTask } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

type ListAnswer = Awaited<ReturnType<WorkflowService['listWorkflowExecutions']>>;

/** As in Temporal's API; the enum itself is of a package that is not ours to import. */
const RUNNING = 1;

describe('what came of a named request', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ extraArgs: ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'] });
    await stack.startWorker();
  });
  after(() => stack?.close());

  it('is no later cancellation of the same task where Temporal’s list lags behind', async () => {
    const task = await seedTask(stack, { state: 'completed' });
    const workflowId = stack.quiesce.cancellation(task).id;
    const start = () => stack.quiesce.cancel(task);
    const keyed = { caller: NOBODY, key: 'key', fingerprint: 'of the request' };
    const { handle: first } = await startOnce(stack.client, { workflowId, start, keyed });
    await first.verdict();
    const later = await stack.quiesce.cancel(task);
    await later.verdict();
    assert.notEqual(later.runId, first.runId);

    const listed = await bothOf(stack.client, workflowId);
    const ofFirst = listed.filter(({ execution }) => execution?.runId === first.runId);
    assert.equal(ofFirst.length, 1);
    const asItWas = ofFirst.map((run) => ({ ...run, status: RUNNING, closeTime: null }));
    const behind = [[], asItWas].map((executions) => ({ executions }) as unknown as ListAnswer);
    const again = await startOnce(lagging(stack.client, behind), { workflowId, start, keyed });
    assert.deepEqual(behind, []);
    assert.deepEqual([again.replayed, again.handle.runId], [true, first.runId]);
  });

  const stuck = () => seedTask(stack, { onCancel: 'stuckCanceling' });
  const idOf = (task: string) => stack.quiesce.cancellation(task).id;
  const abandon = { by: 'ada', reason: 'test' };

  /** Another's cancellation, which began after a request of that key had died. */
  async function diedBefore(key: string) {
    const task = await stuck();
    const keyed = { caller: NOBODY, key, fingerprint: 'of the request' };
    const asked = { workflowId: idOf(task), start: () => Promise.reject(new Error('killed')), keyed };
    await assert.rejects(startOnce(stack.client, asked), /killed/);
    return { task, asked, other: await stack.quiesce.cancel(task) };
  }

  it('is another’s where that began after the first had died, and is not taken for its own', async () => {
    const { asked, other } = await diedBefore('died');
    const again = await startOnce(stack.client, asked);
    assert.deepEqual([again.replayed, again.handle.runId, again.handle.attached], [true, other.runId, true]);
    await other.abandon(abandon);
  });

  it('is what it has begun, also where another was under way when it came', async () => {
    const task = await stuck();
    const workflowId = idOf(task);
    const keyed = { caller: NOBODY, key: 'late', fingerprint: 'of the request' };
    const other = await stack.quiesce.cancel(task);
    const start = async (requestId = '') => {
      await other.abandon(abandon);
      await other.verdict();
      return stack.quiesce.cancel(task, { requestId });
    };
    const { handle: first } = await startOnce(stack.client, { workflowId, start, keyed });
    const again = await startOnce(stack.client, { workflowId, start, keyed });
    assert.deepEqual([again.replayed, again.handle.runId, again.handle.attached], [true, first.runId, false]);
    await first.abandon(abandon);
    await first.verdict();
    // Also when it is no longer the latest.
    const later = await stack.quiesce.cancel(task);
    const late = await startOnce(stack.client, { workflowId, start, keyed });
    assert.deepEqual([late.replayed, late.handle.runId, late.handle.attached], [true, first.runId, false]);
    await later.abandon(abandon);
  });

  it('is also one that is paused, which has not ended', async () => {
    const { task, asked, other } = await diedBefore('paused');
    const { workflowId } = asked;
    const { namespace } = stack.quiesce;
    const pause = { namespace, workflowId, identity: 'ada', reason: 'test', requestId: 'pause' };
    await stack.client.workflowService.pauseWorkflowExecution(pause);
    assert.equal((await other.status()).workflowStatus, 'PAUSED');
    const again = await startOnce(stack.client, asked);
    assert.deepEqual([again.replayed, again.handle.runId], [true, other.runId]);
    // The list lags behind.
    for (let isListed = false; !isListed;)
      for await (const { workflowStatus } of stack.quiesce.list({ task }))
        isListed = workflowStatus === 'PAUSED';
    for (const running of [true, false]) {
      const listed = [];
      for await (const { id } of stack.quiesce.list({ task, running })) listed.push(id);
      assert.deepEqual(listed, running ? [workflowId] : []);
    }
    await stack.client.workflow.getHandle(workflowId).terminate();
  });

  it('is told to each of those who begin it at the same moment', async () => {
    const task = await stuck();
    const cancel = () => stack.quiesce.cancel(task, { requestId: 'the same' });
    const both = await Promise.all([cancel(), cancel()]);
    assert.deepEqual(
      both.map(({ attached }) => attached),
      [false, false],
    );
    const other = await stack.quiesce.cancel(task, { requestId: 'another' });
    assert.equal(other.attached, true);
    await other.abandon(abandon);
  });
});

/** A client whose first lists are those, and then the server's. */
function lagging({ connection, options }: Client, first: ListAnswer[]): Client {
  const { workflowService } = connection;
  const list = async (...request: Parameters<WorkflowService['listWorkflowExecutions']>) =>
    first.shift() ?? (await workflowService.listWorkflowExecutions(...request));
  const service = overlaid(workflowService, 'listWorkflowExecutions', list);
  return new Client({
    connection: overlaid<ConnectionLike>(connection, 'workflowService', service),
    namespace: options.namespace,
  });
}

function overlaid<T extends object>(under: T, name: keyof T, value: unknown): T {
  return new Proxy(under, {
    get: (of, key) => {
      if (key === name) return value;
      const own: unknown = Reflect.get(of, key, of);
      return typeof own === 'function' ? own.bind(of) : own;
    },
  });
}

async function bothOf({ workflowService, options }: Client, workflowId: string) {
  const request = { namespace: options.namespace, query: `WorkflowId = '${workflowId}'` };
  for (;;) {
    const { executions } = await workflowService.listWorkflowExecutions(request);
    if (executions.length === 2 && executions.every(({ closeTime }) => Boolean(closeTime))) return executions;
    await sleep(50);
  }
}
