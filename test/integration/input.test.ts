import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../../contract/names.js';
import { cancelWorkflowId, type TaskRef } from '../../contract/task.js';
import { ContractSchemas } from '../contract-schemas.js';
import { startStack, type Stack } from '../harness.js';
import { SOME_TASK as task, WRONG_CANCEL_INPUTS } from '../wrong-inputs.js';

/** Anybody's Temporal client can start the Workflow with anything. */
describe('cancelTask started with nothing but Temporal', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  async function seed(request = {}): Promise<TaskRef> {
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    return { ...task, ids: { taskId: seeded!.id } };
  }

  const start = (workflowId: string, input: unknown) =>
    stack.client.workflow.start(CANCEL_TASK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId, args: [input] });

  async function fails(running: Promise<unknown>, type: string, message: RegExp): Promise<void> {
    await assert.rejects(running, (thrown: unknown) => {
      assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
      assert.equal(thrown.cause.type, type);
      assert.match(thrown.cause.message, message);
      return true;
    });
  }

  for (const [name, input, message] of WRONG_CANCEL_INPUTS) {
    it(`fails at once with ${name}, and says what was wrong`, async () => {
      const handle = await start(cancelWorkflowId(task), input);
      await fails(handle.result(), 'InvalidInput', message);
    });
  }

  const wrongTasks: [string, TaskRef, string, RegExp][] = [
    ['another provider’s id names', { ...task, ids: { id: 'x' } }, 'InvalidInput', /taskId/],
    ['a malformed id', { ...task, ids: { taskId: 'task-1; DROP' } }, 'InvalidInput', /taskId/],
    ['the wrong provider for the connection', { ...task, provider: 'other' }, 'InvalidInput', /aws-fsx/],
    ['a hint nobody knows', { ...task, hints: { day: 'x' } }, 'InvalidInput', /no hint "day"/],
    ['an unknown connection', { ...task, connection: 'prod' }, 'UnknownConnection', /"prod".*sim/],
  ];
  for (const [name, ref, type, message] of wrongTasks) {
    it(`fails at once with ${name}, and says what was wrong`, async () => {
      await fails((await start(cancelWorkflowId(ref), { task: ref })).result(), type, message);
    });
  }

  it('refuses an id that is not the task’s: the same task would be cancelled twice', async () => {
    const ref = await seed();
    await fails(
      (await start('mine', { task: ref })).result(),
      'InvalidInput',
      /must be cancel\/aws-fsx\/sim/,
    );
    const id = cancelWorkflowId(ref);
    await fails((await start(id, { task: ref, dryRun: true })).result(), 'InvalidInput', /must be dry-run\//);
    assert.deepEqual(await stack.simulator.calls({ taskId: ref.ids['taskId']! }), []);
  });

  it('takes null for what is left out, and needs neither Search Attributes nor a deadline', async () => {
    const ref = await seed();
    const id = cancelWorkflowId(ref);
    const nulls = { requestedBy: null, reason: null, campaign: null, dryRun: null, deadlineAfterMs: null };
    const input = { task: { ...ref, hints: null }, ...nulls, deleteEnded: null };
    new ContractSchemas().fits('cancelTask', 'cancelTask', 'takes', input);
    const handle = await start(id, input);
    const result = await handle.result();
    assert.deepEqual([result.verdict, result.id], ['canceled', id]);
    const { typedSearchAttributes } = await handle.describe();
    assert.equal(typedSearchAttributes.get({ name: 'QuiesceVerdict', type: 'KEYWORD' }), 'canceled');
    assert.equal(typedSearchAttributes.get({ name: 'QuiesceProvider', type: 'KEYWORD' }), 'aws-fsx');
  });

  it('believes no story that a caller tells', async () => {
    const ref = await seed();
    const resume = {
      verdict: 'canceled',
      attempts: 1,
      clientTokens: ['mine'],
      deadlineAtMs: 0,
      phase: 'proving',
    };
    const result = await (await start(cancelWorkflowId(ref), { task: ref, resume })).result();
    assert.equal(result.verdict, 'canceled');
    assert.equal(result.evidence.asks, 1);
    assert.ok(!result.clientTokens.includes('mine'));
  });

  it('erases nothing where a cancel leaves a record', async () => {
    const ref = await seed({ state: 'completed' });
    const handle = await start(cancelWorkflowId(ref), { task: ref, deleteEnded: true });
    await fails(handle.result(), 'InvalidInput', /deleteEnded is not for aws-fsx/);
  });
});
