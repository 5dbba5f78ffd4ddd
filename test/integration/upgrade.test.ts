import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationHandle } from '../../client/index.js';
import { workerDeployment } from '../../worker/worker-deployment.js';
import type { DeploymentSettings } from '../../config/worker-settings.js';
import { campaignWorkflowId, laneWorkflowId } from '../../contract/names.js';
import { playCampaign } from './campaign-play.js';
import { startStack, type RunningWorker, type Stack } from '../harness.js';

const ANSWERED_WITHIN_MS = 30_000;

describe('a new build of the Workers', () => {
  let stack: Stack;
  // A server of its own for each: a Task Queue keeps its current build, and sends no work to Workers without one.
  beforeEach(async () => {
    stack = await startStack();
  });
  afterEach(() => stack.close());

  /** A deployment with a Worker of each build. */
  function deploymentOf(oldRuns: DeploymentSettings['oldRuns']) {
    const name = 'quiesce';
    return {
      start: (buildId: string): Promise<RunningWorker> =>
        stack.startWorker(undefined, undefined, workerDeployment({ name, buildId, oldRuns }, {})),
      /** As `temporal worker deployment set-current-version` does it; the server knows a build once it has polled. */
      setCurrent: async (buildId: string): Promise<void> => {
        const { workflowService } = stack.client;
        const untilMs = Date.now() + ANSWERED_WITHIN_MS;
        for (;;) {
          try {
            await workflowService.setWorkerDeploymentCurrentVersion({
              namespace: 'default',
              deploymentName: name,
              buildId,
              identity: 'test',
            });
            return;
          } catch (thrown) {
            if (Date.now() > untilMs) throw thrown;
            await sleep(200);
          }
        }
      },
    };
  }

  /** A cancellation that the vendor has accepted, and that does not end before the cloud's clock is advanced. */
  async function startCancel(): Promise<CancellationHandle> {
    const [task] = await stack.simulator.seed({
      provider: 'aws-fsx',
      state: 'running',
      delays: { cancelingMs: 3_600_000 },
    });
    assert.ok(task);
    return stack.quiesce.cancel(`aws-fsx://sim/${task.id}`, { deadlineAfterMs: 600_000 });
  }

  async function untilProving(handle: CancellationHandle): Promise<void> {
    while ((await handle.progress().catch(() => undefined))?.phase !== 'proving') await sleep(50);
  }

  async function endAll(): Promise<void> {
    await stack.simulator.advanceClock(3_600_000);
  }

  /** The builds that did a Workflow's tasks, in order, each once. */
  async function buildsOf(workflowId: string): Promise<string[]> {
    const { events } = await stack.client.workflow.getHandle(workflowId).fetchHistory();
    const builds = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: completed }) =>
      completed ? [completed.deploymentVersion?.buildId ?? 'none'] : [],
    );
    return builds.filter((build, place) => build !== builds[place - 1]);
  }

  /** A cancellation that the build 1.0 has begun, when 2.0 has become the current one beside it. */
  async function overtaken(oldRuns: DeploymentSettings['oldRuns']) {
    const { start, setCurrent } = deploymentOf(oldRuns);
    const old = await start('1.0');
    await setCurrent('1.0');
    const before = await startCancel();
    await untilProving(before);
    const young = await start('2.0');
    await setCurrent('2.0');
    return { old, young, before };
  }

  it('takes new work, and a run of the old build goes on with it (upgrade)', async () => {
    const { old, young, before } = await overtaken('upgrade');
    await old.stop();
    const since = await startCancel();
    await untilProving(since);
    await endAll();
    for (const handle of [before, since]) {
      const { verdict, evidence } = await handle.verdict();
      assert.deepEqual([verdict, evidence.asks], ['canceled', 1]);
    }
    assert.deepEqual(await buildsOf(before.id), ['1.0', '2.0']);
    assert.deepEqual(await buildsOf(since.id), ['2.0']);
    await young.stop();
  });

  it('takes new work, and a run of the old build ends with that (stay)', async () => {
    const { old, young, before } = await overtaken('stay');
    const since = await startCancel();
    await untilProving(since);
    await endAll();
    for (const handle of [before, since]) assert.equal((await handle.verdict()).verdict, 'canceled');
    assert.deepEqual(await buildsOf(before.id), ['1.0']);
    assert.deepEqual(await buildsOf(since.id), ['2.0']);
    // What all builds share stays with none.
    const quota = await stack.client.workflow.getHandle('quota/sim').describe();
    assert.equal(quota.raw.workflowExecutionInfo?.versioningInfo?.behavior, 2);
    await old.stop();
    await young.stop();
  });

  it('a campaign of the old build ends with that, with all its lanes (stay)', async () => {
    const { start, setCurrent } = deploymentOf('stay');
    const old = await start('1.0');
    await setCurrent('1.0');
    const tasks = await stack.simulator.seed({
      provider: 'aws-fsx',
      state: 'running',
      count: 4,
      delays: { cancelingMs: 3_600_000 },
    });
    const paths = tasks.map(({ id }) => id);
    const campaign = await playCampaign(
      stack,
      [{ connection: 'sim', provider: 'aws-fsx', fields: ['taskId'], paths }],
      {},
      2,
    );
    await campaign.until(({ calls }) => calls.asks === 4);
    const young = await start('2.0');
    await setCurrent('2.0');
    await endAll();
    await campaign.end();
    for (const id of [
      campaignWorkflowId(campaign.id),
      laneWorkflowId(campaign.id, 1),
      laneWorkflowId(campaign.id, 2),
    ])
      assert.deepEqual(await buildsOf(id), ['1.0']);
    await old.stop();
    await young.stop();
  });

  it('takes over what ran before there were builds', async () => {
    const unversioned = await stack.startWorker();
    const { start, setCurrent } = deploymentOf('upgrade');
    const before = await startCancel();
    await untilProving(before);
    const first = await start('1.0');
    await setCurrent('1.0');
    await unversioned.stop();
    await endAll();
    assert.equal((await before.verdict()).verdict, 'canceled');
    assert.deepEqual(await buildsOf(before.id), ['none', '1.0']);
    await first.stop();
  });
});
