import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../contract/names.js';
import { count } from '../text.js';
import { FoundProblem } from './finding.js';

/** A Worker's poll is answered after a minute at the latest, and the next one comes at once. */
const POLLS_WITHIN_MS = 70_000;
/** Of the server's TaskQueueType. */
const KINDS = { Workflows: 1, Activities: 2 } as const;

const START_ONE = 'Start one with `quiesce worker`, with the same TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.';

/**
 * Whether Workers poll for both kinds of work.
 * @param temporalAheadMs by how much the server's clock, which says when they polled, is ahead of ours.
 */
export async function checkWorkers(client: Client, temporalAheadMs: number): Promise<string> {
  const sinceMs = Date.now() + temporalAheadMs - POLLS_WITHIN_MS;
  const names = new Set<string>();
  for (const [what, type] of Object.entries(KINDS)) {
    const pollers = await pollersOf(client, type, sinceMs);
    if (pollers.length === 0)
      throw new FoundProblem(
        `No Worker polls the Task Queue ${TASK_QUEUE} for ${what} in the namespace "${client.options.namespace}".`,
        START_ONE,
      );
    for (const each of pollers) names.add(each);
  }
  return `${count(names.size, 'Worker')} ${names.size === 1 ? 'polls' : 'poll'} the Task Queue ${TASK_QUEUE}: ${[...names].sort().join(', ')}.`;
}

/** As the server names them, with the build of those that have one. */
async function pollersOf(client: Client, taskQueueType: number, sinceMs: number): Promise<string[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType,
  });
  return (pollers ?? [])
    .filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > sinceMs)
    .map(({ identity, deploymentOptions }) => {
      const { deploymentName = '', buildId = '' } = deploymentOptions ?? {};
      return deploymentName === '' ? `${identity}` : `${identity} (${deploymentName} ${buildId})`;
    });
}
