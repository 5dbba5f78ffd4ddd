import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../contract/names.js';
import { count } from '../text.js';
import { FoundProblem } from './finding.js';

/** A Worker's poll is answered after a minute at the latest, and the next one comes at once. */
const POLLS_WITHIN_MS = 70_000;
/** Of the server's TaskQueueType. */
const KINDS = { Workflows: 1, Activities: 2 } as const;

/** Of its WorkerVersioningMode. */
const VERSIONED = 2;

const START_ONE = 'Start one with `quiesce worker`, with the same TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.';

/**
 * Whether Workers poll for both kinds of work.
 * @param temporalAheadMs by how much the server's clock, which says when they polled, is ahead of ours.
 */
export async function checkWorkers(client: Client, temporalAheadMs: number): Promise<string> {
  const sinceMs = pollingSinceMs(temporalAheadMs);
  const names = new Set<string>();
  const builds = new Map<string, Build>();
  let someHaveNone = false;
  for (const [what, type] of Object.entries(KINDS)) {
    const pollers = await pollersOf(client, type, sinceMs);
    if (pollers.length === 0)
      throw new FoundProblem(
        `No Worker polls the Task Queue ${TASK_QUEUE} for ${what} in the namespace "${client.options.namespace}".`,
        START_ONE,
      );
    for (const { name, build } of pollers) {
      names.add(name);
      if (build === undefined) someHaveNone = true;
      else builds.set(`${build.deploymentName} ${build.buildId}`, build);
    }
  }
  await checkBuilds(client, [...builds.values()], someHaveNone);
  return `${count(names.size, 'Worker')} ${names.size === 1 ? 'polls' : 'poll'} the Task Queue ${TASK_QUEUE}: ${[...names].sort().join(', ')}.`;
}

/** Whether a Worker of that host polls, by its identity, which is `<process>@<host>`. */
export async function pollsFrom(client: Client, host: string, temporalAheadMs: number): Promise<boolean> {
  const pollers = await pollersOf(client, KINDS.Workflows, pollingSinceMs(temporalAheadMs));
  return pollers.some(({ identity }) => identity.endsWith(`@${host}`));
}

const pollingSinceMs = (temporalAheadMs: number): number => Date.now() + temporalAheadMs - POLLS_WITHIN_MS;

interface Build {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * Workers that have a build get no new work until it is made the current one: nothing says so but this.
 * @param someHaveNone Workers without a build poll, too: where no build is the current one, theirs is the new work.
 */
async function checkBuilds(
  { workflowService, options }: Client,
  builds: readonly Build[],
  someHaveNone: boolean,
): Promise<void> {
  for (const deploymentName of new Set(builds.map((each) => each.deploymentName))) {
    const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({
      namespace: options.namespace,
      deploymentName,
    });
    const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? '';
    const polling = builds
      .filter((each) => each.deploymentName === deploymentName)
      .map(({ buildId }) => buildId);
    if (polling.includes(current) || (current === '' && someHaveNone)) continue;
    throw new FoundProblem(
      `Of the deployment ${deploymentName}, ${current === '' ? 'no build is the current one' : `the build ${current} is the current one, and no Worker of it polls`}; Workers of ${polling.join(', ')} do.`,
      `Make one of them the current one: \`temporal worker deployment set-current-version --deployment-name ${deploymentName} --build-id ${polling.at(-1)}\`.`,
    );
  }
}

/** As the server names them, with the build of those that have one. */
async function pollersOf(client: Client, taskQueueType: number, sinceMs: number) {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: TASK_QUEUE },
    taskQueueType,
  });
  return (pollers ?? [])
    .filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > sinceMs)
    .map(({ identity: told, deploymentOptions }) => {
      const identity = told ?? '';
      const { deploymentName, buildId, workerVersioningMode } = deploymentOptions ?? {};
      if (workerVersioningMode !== VERSIONED || !deploymentName || !buildId)
        return { identity, name: identity };
      const build = { deploymentName, buildId };
      return { identity, name: `${identity} (${deploymentName} ${buildId})`, build };
    });
}
