import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import type { CancelResult } from '../../contract/cancellation.js';
import { registerNexusEndpoint } from '../../setup/nexus-endpoint.js';
import { startStack, type Stack } from '../harness.js';

const TASK_QUEUE = 'callers';
const CALLERS = ['orders', 'billing'] as const;

describe('the Nexus service', () => {
  let stack: Stack;
  let temporal: NativeConnection;
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    stack = await startStack({ extraArgs: CALLERS.flatMap((namespace) => ['--namespace', namespace]) });
    await stack.startWorker();
    await registerNexusEndpoint(stack.client.connection, { name: 'quiesce', namespace: 'default' });
    temporal = await NativeConnection.connect({ address: stack.address });
    const workflowsPath = fileURLToPath(new URL('./nexus-callers.js', import.meta.url));
    const workflowBundle = await bundleWorkflowCode({ workflowsPath });
    for (const namespace of CALLERS) {
      const worker = await Worker.create({
        connection: temporal,
        namespace,
        taskQueue: TASK_QUEUE,
        workflowBundle,
      });
      const running = worker.run();
      stops.push(async () => {
        worker.shutdown();
        await running;
      });
    }
  });
  after(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await temporal.close();
    await stack.close();
  });

  let calls = 0;
  const call = (namespace: string, workflow: string, ...args: unknown[]) =>
    new Client({ connection: stack.client.connection, namespace }).workflow.start(workflow, {
      taskQueue: TASK_QUEUE,
      workflowId: `call-${(calls += 1)}`,
      args,
    });

  const seed = async (request = {}) => {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    return task!.id;
  };

  it('cancels a task for another namespace, and says which that is', async () => {
    const uri = `aws-fsx://sim/${await seed()}`;
    const called = await call('orders', 'callCancelTask', { task: uri, requestedBy: 'a forger' });
    const result = (await called.result()) as CancelResult;
    assert.equal(result.verdict, 'canceled');
    assert.equal(result.requestedBy, 'orders');
    assert.deepEqual(result, await stack.quiesce.cancellation(uri).verdict());
  });
});
