import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { NexusOperationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { registerNexusEndpoint } from '../../setup/nexus-endpoint.js';
import { startStack, type RunningWorker, type Stack, type StackOptions } from '../harness.js';

const TASK_QUEUE = 'callers';
const NAMESPACES = ['orders', 'billing'] as const;

export type CallerNamespace = (typeof NAMESPACES)[number];

/** A Stack with a Worker, two more namespaces that have one each, and an endpoint that leads to the Stack's Workers. */
export interface NexusStack extends Stack {
  readonly worker: RunningWorker;
  /** Starts a Workflow of nexus-callers.ts. */
  call(namespace: CallerNamespace, workflow: string, ...args: unknown[]): Promise<WorkflowHandle>;
  /** Waits until so many operations wait for a Workflow of ours. */
  untilCallers(workflowId: string, callers: number): Promise<void>;
}

export async function startNexusStack(options: StackOptions = {}): Promise<NexusStack> {
  const namespaces = NAMESPACES.flatMap((namespace) => ['--namespace', namespace]);
  const stack = await startStack({ ...options, extraArgs: [...namespaces, ...(options.extraArgs ?? [])] });
  const { client, address } = stack;
  const { dataConverter = {} } = options;
  await registerNexusEndpoint(client.connection, { name: 'quiesce', namespace: 'default' });
  // The first: with it, what all Workers of this process log is kept.
  const worker = await stack.startWorker();
  const temporal = await NativeConnection.connect({ address });
  const workflowsPath = fileURLToPath(new URL('./nexus-callers.js', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const callers = await Promise.all(
    NAMESPACES.map((namespace) =>
      Worker.create({
        connection: temporal,
        namespace,
        taskQueue: TASK_QUEUE,
        workflowBundle,
        dataConverter,
      }),
    ),
  );
  const running = callers.map((caller) => caller.run());
  let calls = 0;
  return {
    ...stack,
    worker,
    call(namespace, workflow, ...args) {
      calls += 1;
      const there = new Client({ connection: client.connection, namespace, dataConverter });
      const workflowId = `${workflow}-${calls}`;
      return there.workflow.start(workflow, { taskQueue: TASK_QUEUE, workflowId, args });
    },
    async untilCallers(workflowId, wanted) {
      const waiting = async () => {
        const { raw } = await client.workflow.getHandle(workflowId).describe();
        return raw.callbacks?.length ?? 0;
      };
      while ((await waiting().catch(() => 0)) < wanted) await sleep(20);
    },
    async close() {
      for (const caller of callers) caller.shutdown();
      await Promise.all(running);
      await temporal.close();
      await stack.close();
    },
  };
}

/** What a caller's Workflow failed for, when that was its operation. */
export async function operationFailure(call: WorkflowHandle): Promise<Error> {
  const thrown: unknown = await call.result().then(
    () => assert.fail('it did not fail'),
    (failure: unknown) => failure,
  );
  assert.ok(thrown instanceof WorkflowFailedError, String(thrown));
  assert.ok(thrown.cause instanceof NexusOperationFailure, String(thrown.cause));
  assert.ok(thrown.cause.cause instanceof Error);
  return thrown.cause.cause;
}
