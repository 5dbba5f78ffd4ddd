import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { HandlerError } from 'nexus-rpc';
import type { CancelResult } from '../../contract/cancellation.js';
import { POLL_NOW_SIGNAL } from '../../contract/names.js';
import { cancelWorkflowId } from '../../contract/task.js';
import type { RunningWorker } from '../harness.js';
import { operationFailure, startNexusStack, type NexusStack } from './nexus-play.js';

const CANCEL = 'CancelDataRepositoryTask';
/** Histories are thought long after a few messages. */
const CROWDED = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'];
const LONG = { delays: { cancelingMs: 3_600_000 } };

describe('the Nexus operation cancelTask', { timeout: 300_000 }, () => {
  let stack: NexusStack;
  let worker: RunningWorker;

  before(async () => {
    stack = await startNexusStack({ extraArgs: CROWDED });
    worker = stack.worker;
  });
  after(() => stack.close());

  async function seed(request = {}) {
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    const task = { provider: 'aws-fsx', connection: 'sim', ids: { taskId: seeded!.id } };
    return { id: seeded!.id, task, uri: `aws-fsx://sim/${seeded!.id}`, workflowId: cancelWorkflowId(task) };
  }

  const asksFor = (id: string) => stack.simulator.calls({ taskId: id, operation: CANCEL });

  async function untilAsked(id: string) {
    while ((await asksFor(id)).length === 0) await sleep(20);
  }

  it('results in what the Workflow results in, asked for by the namespace that calls', async () => {
    const { task, uri } = await seed();
    const call = await stack.call('orders', 'callCancelTask', {
      task,
      reason: 'order 7',
      requestedBy: 'boss',
    });
    const result = (await call.result()) as CancelResult;
    assert.deepEqual(
      [result.verdict, result.task, result.requestedBy, result.reason],
      ['canceled', uri, 'orders', 'order 7'],
    );
    assert.deepEqual(result, await stack.quiesce.cancellation(uri).verdict());
  });

  it('is called as docs/nexus.md says', async () => {
    const read = (path: string) => readFile(join(import.meta.dirname, '../../..', path), 'utf8');
    assert.ok((await read('docs/nexus.md')).includes(await read('test/integration/nexus-example.ts')));
    const { uri } = await seed();
    assert.equal(await (await stack.call('orders', 'stopExport', uri)).result(), 'canceled');
  });

  it('takes a URI, nulls for what is left out, and a dry run', async () => {
    const { id, uri } = await seed();
    const call = await stack.call('orders', 'callCancelTask', { task: uri, dryRun: true, reason: null });
    assert.equal(((await call.result()) as CancelResult).verdict, 'would-cancel');
    assert.equal((await asksFor(id)).length, 0);
  });

  it('gives a second caller the verdict of the first one’s cancellation', async () => {
    const { id, uri, workflowId } = await seed(LONG);
    const first = await stack.call('orders', 'callCancelTask', { task: uri });
    await stack.untilCallers(workflowId, 1);
    const second = await stack.call('billing', 'callCancelTask', { task: uri });
    await stack.untilCallers(workflowId, 2);
    await untilAsked(id);
    await stack.simulator.advanceClock(3_600_000);
    const [one, other] = await Promise.all([first.result(), second.result()]);
    assert.deepEqual(other, one);
    assert.deepEqual(
      [(one as CancelResult).verdict, (one as CancelResult).requestedBy],
      ['canceled', 'orders'],
    );
    assert.equal((await asksFor(id)).length, 1);
  });

  it('goes on in another Worker, and waits for one where there is none', async () => {
    const { id, uri } = await seed(LONG);
    const begun = await stack.call('orders', 'callCancelTask', { task: uri });
    await untilAsked(id);
    await worker.stop();
    const late = await seed(LONG);
    const waiting = await stack.call('billing', 'callCancelTask', { task: late.uri });
    worker = await stack.startWorker();
    await untilAsked(late.id);
    await stack.simulator.advanceClock(3_600_000);
    const results = (await Promise.all([begun.result(), waiting.result()])) as CancelResult[];
    assert.deepEqual(
      results.map(({ verdict, attempts }) => [verdict, attempts]),
      [
        ['canceled', 1],
        ['canceled', 1],
      ],
    );
  });

  const task = { provider: 'aws-fsx', connection: 'sim', ids: { taskId: 'task-0123456789abcdef0' } };
  const wrong: [string, unknown, RegExp][] = [
    ['no input', undefined, /must be an object with the task/],
    ['a list', [task], /must be an object with the task/],
    ['no task', {}, /task must be an object/],
    ['a text that is no URI', { task: 'task-1' }, /"task-1" is no task URI/],
    ['another provider’s URI', { task: 'nobody://sim/x' }, /no provider "nobody"/],
    ['a malformed id', { task: 'aws-fsx://sim/x' }, /"x" is no taskId/],
    ['an id too many', { task: { ...task, ids: { ...task.ids, more: 'x' } } }, /has no id "more"/],
    ['ids that are no texts', { task: { ...task, ids: { taskId: 7 } } }, /task\.ids must name/],
    ['a way nobody knows', { task, onRunningSubtasks: 'kill' }, /wait, cancel, fail/],
    ['a flag that is no flag', { task, dryRun: 'yes' }, /true or false/],
    ['a deadline beyond time', { task, deadlineAfterMs: 1e16 }, /to a year/],
    ['a name of the HTTP service’s callers', { task, requestedBy: 'key:ci' }, /the HTTP service has checked/],
    ['what cannot be erased', { task, deleteEnded: true }, /is not for aws-fsx/],
  ];
  for (const [name, input, sentence] of wrong) {
    it(`refuses ${name} at once, in a sentence, and is not asked again`, async () => {
      const failure = await operationFailure(await stack.call('orders', 'callCancelTask', input));
      assert.ok(failure instanceof HandlerError, String(failure));
      assert.deepEqual([failure.type, failure.retryable], ['BAD_REQUEST', false]);
      assert.match(failure.message, sentence);
      assert.doesNotMatch(failure.stack ?? '', /\.js:/);
    });
  }

  it('fails as the Workflow fails', async () => {
    const elsewhere = { ...task, connection: 'nowhere' };
    const failure = await operationFailure(await stack.call('orders', 'callCancelTask', { task: elsewhere }));
    assert.ok(failure instanceof ApplicationFailure, String(failure));
    assert.equal(failure.type, 'UnknownConnection');
  });

  describe('that its caller cancels', () => {
    const LEAVE = { cancellationType: 'WAIT_CANCELLATION_REQUESTED' };

    it('ends unproven, where nobody else waits', async () => {
      const { id, uri, workflowId } = await seed(LONG);
      const call = await stack.call('orders', 'callCancelTask', { task: uri });
      await stack.untilCallers(workflowId, 1);
      await untilAsked(id);
      await call.cancel();
      const { verdict, evidence } = (await call.result()) as CancelResult;
      assert.deepEqual([verdict, evidence.givenUp?.how], ['unproven', 'workflow-cancelled']);
    });

    it('ends unproven for the same caller after the Workflow has continued as new, too', async () => {
      const { id, uri, workflowId } = await seed(LONG);
      const call = await stack.call('orders', 'callCancelTask', { task: uri });
      await stack.untilCallers(workflowId, 1);
      await untilAsked(id);
      const workflow = stack.client.workflow.getHandle(workflowId);
      const { runId } = await workflow.describe();
      for (; (await workflow.describe()).runId === runId; await sleep(20))
        await workflow.signal(POLL_NOW_SIGNAL);
      await call.cancel();
      const { verdict, runId: firstRunId } = (await call.result()) as CancelResult;
      assert.deepEqual([verdict, firstRunId], ['unproven', runId]);
    });

    it('goes on for another caller', async () => {
      const { id, uri, workflowId } = await seed(LONG);
      const first = await stack.call('orders', 'callCancelTask', { task: uri }, LEAVE);
      await stack.untilCallers(workflowId, 1);
      const second = await stack.call('billing', 'callCancelTask', { task: uri });
      await stack.untilCallers(workflowId, 2);
      await untilAsked(id);
      await first.cancel();
      // It has ended only when the service knows that its operation is cancelled.
      await assert.rejects(first.result(), WorkflowFailedError);
      await stack.simulator.advanceClock(3_600_000);
      assert.equal(((await second.result()) as CancelResult).verdict, 'canceled');
    });

    it('goes on for whoever started it without Nexus', async () => {
      const { id, uri, workflowId } = await seed(LONG);
      const handle = await stack.quiesce.cancel(uri, { requestedBy: 'an operator' });
      const call = await stack.call('orders', 'callCancelTask', { task: uri }, LEAVE);
      await stack.untilCallers(workflowId, 1);
      await untilAsked(id);
      await call.cancel();
      await assert.rejects(call.result(), WorkflowFailedError);
      await stack.simulator.advanceClock(3_600_000);
      const { verdict, requestedBy } = await handle.verdict();
      assert.deepEqual([verdict, requestedBy], ['canceled', 'an operator']);
    });
  });
});
