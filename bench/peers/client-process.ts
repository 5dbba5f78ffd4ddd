import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { asChild } from '../processes/as-child.js';
import { allTargets } from '../vendor.js';
import { inParallel } from './in-parallel.js';
import type { cancelInWindows } from './sliding-window.js';
import type { cancelOne } from './workflow-per-task.js';

export interface PeerClientInput {
  readonly design: keyof typeof DESIGNS;
  readonly address: string;
  /** No other run uses it. */
  readonly taskQueue: string;
}

type Design = (client: Client, taskQueue: string, targets: string) => Promise<void>;

const STARTS_AT_ONCE = 50;
const LOOK_EVERY_MS = 250;

/** Starts a Workflow for each task, and counts until all are done: thousands of waiting calls would slow the server. */
const perTask: Design = async (client, taskQueue, targets) => {
  const done = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Completed'`;
  const countDone = async () => (await client.workflow.count(done)).count;
  const [tasks, doneBefore] = await Promise.all([allTargets(targets), countDone()]);
  await inParallel(tasks.entries(), STARTS_AT_ONCE, ([place, task]) =>
    client.workflow.start<typeof cancelOne>('cancelOne', {
      workflowId: `${taskQueue}/${place}`,
      taskQueue,
      args: [task],
    }),
  );
  while ((await countDone()) < doneBefore + tasks.length) await sleep(LOOK_EVERY_MS);
};

const slidingWindow: Design = (client, taskQueue, targets) =>
  client.workflow.execute<typeof cancelInWindows>('cancelInWindows', {
    workflowId: taskQueue,
    taskQueue,
    args: [{ targets, partitions: 5, width: 500, pageSize: 100 }],
  });

const DESIGNS = { perTask, slidingWindow } as const satisfies Record<string, Design>;

await asChild(async ({ design, address, taskQueue }: PeerClientInput) => {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  return (targets) => DESIGNS[design](client, taskQueue, targets);
});
