import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';

const task = { provider: 'aws-fsx', connection: 'sim', ids: { taskId: 'task-0123456789abcdef0' } };

/** Anybody's Temporal client can start the Workflow with anything. */
describe('cancelTask started with nothing but Temporal', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  const wrong: [string, unknown, string, RegExp][] = [
    ['no input', undefined, 'InvalidInput', /task\.provider/],
    ['no ids', { task: { ...task, ids: {} } }, 'InvalidInput', /task\.ids/],
    ['an id that is no text', { task: { ...task, ids: { taskId: 7 } } }, 'InvalidInput', /task\.ids/],
    ['a deadline in the past', { task, deadlineAfterMs: -1 }, 'InvalidInput', /deadlineAfterMs/],
    ['another provider’s id names', { task: { ...task, ids: { id: 'x' } } }, 'InvalidInput', /taskId/],
    ['a malformed id', { task: { ...task, ids: { taskId: 'task-1; DROP' } } }, 'InvalidInput', /taskId/],
    [
      'the wrong provider for the connection',
      { task: { ...task, provider: 'other' } },
      'InvalidInput',
      /aws-fsx/,
    ],
    ['an unknown connection', { task: { ...task, connection: 'prod' } }, 'UnknownConnection', /"prod".*sim/],
  ];
  for (const [name, input, type, message] of wrong) {
    it(`fails at once with ${name}, and says what was wrong`, async () => {
      const running = stack.client.workflow.execute(CANCEL_TASK_WORKFLOW, {
        taskQueue: TASK_QUEUE,
        workflowId: `input ${name}`,
        args: [input],
      });
      await assert.rejects(running, (thrown: unknown) => {
        assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
        assert.equal(thrown.cause.type, type);
        assert.match(thrown.cause.message, message);
        return true;
      });
    });
  }

  it('needs neither Search Attributes nor a deadline from its caller', async () => {
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const result = await stack.client.workflow.execute(CANCEL_TASK_WORKFLOW, {
      taskQueue: TASK_QUEUE,
      workflowId: 'anything',
      args: [{ task: { ...task, ids: { taskId: seeded!.id } } }],
    });
    assert.deepEqual([result.verdict, result.id], ['canceled', 'anything']);
    const { typedSearchAttributes } = await stack.client.workflow.getHandle('anything').describe();
    assert.equal(typedSearchAttributes.get({ name: 'QuiesceVerdict', type: 'KEYWORD' }), 'canceled');
    assert.equal(typedSearchAttributes.get({ name: 'QuiesceProvider', type: 'KEYWORD' }), 'aws-fsx');
  });
});
