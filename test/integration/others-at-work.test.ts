import { Client } from '@temporalio/client';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NativeConnection } from '@temporalio/worker';
import type { OthersAtWork } from '../../activities/others-at-work.js';
import { type CampaignInput, type OpenLaneAnswer } from '../../contract/campaign.js';
import {
  ABORT_UPDATE,
  CANCEL_CAMPAIGN_WORKFLOW,
  CANCEL_TASK_WORKFLOW,
  campaignWorkflowId,
  laneWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  PAUSE_UPDATE,
  PROGRESS_QUERY,
  RESUME_UPDATE,
  SEAL_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { createOthersAtWork } from '../../worker/others-at-work.js';
import { startStack, type Stack } from '../harness.js';
import { asFsxTargets, fsxTargets, playCampaign } from './campaign-play.js';

/** Campaigns wait for a Worker that knows their connection; the real Workflows answer all the same. */
const CONNECTION = 'unknown-here';

describe('who else is at work', { timeout: 120_000 }, () => {
  let stack: Stack;
  let temporal: NativeConnection;
  let others: OthersAtWork;

  before(async () => {
    stack = await startStack({ extraArgs: ['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'] });
    await stack.startWorker();
    temporal = await NativeConnection.connect({ address: stack.address });
    others = createOthersAtWork(new Client({ connection: temporal }));
  });
  after(async () => {
    await temporal.close();
    await stack.close();
  });

  /** One lane of one target, and sealed: it begins. */
  async function campaign(id: string, connection: string, path: string) {
    const begun = await gathering(id, connection, path);
    await begun.seal();
    return begun;
  }
  /** It has its target, and has not begun. */
  async function gathering(id: string, connection: string, path: string) {
    const handle = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId: campaignWorkflowId(id),
      taskQueue: TASK_QUEUE,
      args: [{ reason: 'a test', startAtOnce: true } satisfies CampaignInput],
    });
    const lane = { connection, provider: 'aws-fsx', fields: ['taskId'], targets: 1 };
    const { workflowId } = await handle.executeUpdate<OpenLaneAnswer, [object]>(OPEN_LANE_UPDATE, {
      args: [lane],
    });
    await stack.client.workflow
      .getHandle(workflowId)
      .executeUpdate(LOAD_UPDATE, { args: [{ targets: [path] }] });
    const seal = () => handle.executeUpdate(SEAL_UPDATE, { args: [{ targets: 1 }] });
    return { handle, lane: workflowId, seal };
  }
  const seenBy = async (lane: string, connection: string) =>
    Object.fromEntries(await others.targets({ connection, workflowId: lane }));

  it('of two campaigns with a target, exactly one is before the other', async () => {
    const connection = `${CONNECTION}-1`;
    const first = await campaign('order-z', connection, 'task%2D1');
    const second = await campaign('order-a', connection, 'task-1');
    for (const { handle } of [first, second]) await until(async () => (await phase(handle)) === 'running');
    await listed(connection, 2);
    assert.deepEqual(await seenBy(first.lane, connection), {});
    assert.deepEqual(await seenBy(second.lane, connection), { 'task-1': first.lane });
  });

  it('who began to ask first is before the other, whoever was made first', async () => {
    const connection = `${CONNECTION}-0`;
    const older = await gathering('made-first', connection, 'task-1');
    const younger = await campaign('made-second', connection, 'task-1');
    await until(async () => (await phase(younger.handle)) === 'running');
    await listed(connection, 2);
    assert.deepEqual(await seenBy(younger.lane, connection), {});
    await older.seal();
    await until(async () => (await phase(older.handle)) === 'running');
    assert.deepEqual(await seenBy(younger.lane, connection), {});
    assert.deepEqual(await seenBy(older.lane, connection), { 'task-1': younger.lane });
  });

  it('finds the single cancellation of a target however a campaign writes its path', async () => {
    const connection = `${CONNECTION}-2`;
    const workflowId = `cancel/aws-fsx/${connection}/task-1`;
    const task = { provider: 'aws-fsx', connection, ids: { taskId: 'task-1' } };
    await stack.client.workflow.start(CANCEL_TASK_WORKFLOW, {
      workflowId,
      // It runs on, whatever becomes of its connection.
      taskQueue: 'nobody-works-here',
      args: [{ task, reason: 'a test' }],
      typedSearchAttributes: [{ key: { name: 'QuiesceConnection', type: 'KEYWORD' }, value: connection }],
    });
    const own = await campaign('single', connection, 'task%2D1');
    await until(async () => Object.values(await seenBy(own.lane, connection)).includes(workflowId));
    assert.deepEqual(await seenBy(own.lane, connection), { 'task-1': workflowId });
  });

  it('goes on without a lane that does not answer', async () => {
    const connection = `${CONNECTION}-3`;
    const silent = await campaign('silent', connection, 'task-1');
    const well = await campaign('well', connection, 'task-2');
    const own = await campaign('own', connection, 'task-1');
    await listed(connection, 3);
    // A Workflow that was started without its input cannot run: nor can its Queries be answered.
    await stack.client.workflow.getHandle(silent.lane).terminate('to stand another in its place');
    const broken = await stack.client.workflow.start('campaignLane', {
      workflowId: silent.lane,
      taskQueue: 'nobody-works-here',
      args: [],
      typedSearchAttributes: [{ key: { name: 'QuiesceConnection', type: 'KEYWORD' }, value: connection }],
    });
    await listed(connection, 3);
    const beganAtMs = performance.now();
    assert.deepEqual(await seenBy(own.lane, connection), { 'task-2': well.lane });
    assert.ok(performance.now() - beganAtMs < 15_000);
    await broken.terminate('the test is over');
  });

  describe('knows of a campaign whether it asks', () => {
    const isHalted = (lane: string) => others.isHalted({ connection: '', workflowId: lane }, -Infinity);

    it('no more for now, when it is paused, and again when it goes on; no more when it is terminated', async () => {
      const { handle, lane } = await campaign('halted', `${CONNECTION}-4`, 'task-1');
      await until(async () => (await phase(handle)) === 'running');
      assert.equal(await isHalted(lane), false);
      await handle.executeUpdate(PAUSE_UPDATE, { args: [{ by: 'tester' }] });
      await until(() => isHalted(lane));
      await handle.executeUpdate(RESUME_UPDATE, { args: [{ by: 'tester' }] });
      await until(async () => !(await isHalted(lane)));
      await handle.terminate('it has no phase for that');
      await until(() => isHalted(lane));
    });

    it('no more, when it was aborted and what it has asked is not proven yet', async () => {
      const { paths } = await fsxTargets(stack, { count: 3, onCancel: 'stuckCanceling' });
      const options = { deadlineAfterMs: 30_000 };
      const played = await playCampaign(stack, [asFsxTargets(paths)], { options });
      const lane = laneWorkflowId(played.id, 1);
      await played.until(({ states }) => states.waiting === undefined);
      assert.equal(await isHalted(lane), false);
      await played.ask(ABORT_UPDATE);
      await until(() => isHalted(lane));
      assert.equal((await played.progress()).phase, 'proving');
      await stack.client.workflow.getHandle(campaignWorkflowId(played.id)).terminate('all is seen');
    });

    it('on, when Temporal itself has paused it: it sends no orders', async () => {
      const { handle, lane } = await campaign('stopped', `${CONNECTION}-5`, 'task-1');
      await until(async () => (await phase(handle)) === 'running');
      const { namespace } = stack.client.options;
      const { workflowService } = stack.client;
      const pause = { identity: 'ada', reason: 'a test', requestId: 'pause' };
      await workflowService.pauseWorkflowExecution({ namespace, workflowId: handle.workflowId, ...pause });
      await until(async () => (await handle.describe()).status.name !== 'RUNNING');
      assert.equal(await isHalted(lane), false);
      await handle.terminate('all is seen');
    });

    it('by one answer for many that ask, but by none that is older than wanted, and by none of no campaign', async () => {
      const { handle, lane } = await campaign('renewed', `${CONNECTION}-6`, 'task-1');
      const wanted = { connection: '', workflowId: lane };
      const answer = isHalted(lane);
      assert.equal(isHalted(lane), answer);
      const newer = others.isHalted(wanted, performance.now() + 1);
      assert.notEqual(newer, answer);
      assert.deepEqual(await Promise.all([answer, newer]), [false, false]);
      await handle.terminate('all is seen');
      const never = { connection: '', workflowId: laneWorkflowId('never-begun', 1) };
      await assert.rejects(others.isHalted(never, -Infinity), /not found/i);
    });
  });

  const phase = async (handle: Awaited<ReturnType<typeof campaign>>['handle']) =>
    (await handle.query<{ phase: string }>(PROGRESS_QUERY)).phase;

  /** Lists lag a little. */
  const listed = (connection: string, lanes: number) =>
    until(async () => {
      const query = `WorkflowType = 'campaignLane' AND ExecutionStatus = 'Running' AND QuiesceConnection = '${connection}'`;
      return (await stack.client.workflow.count(query)).count === lanes;
    });
});

async function until(isReached: () => Promise<boolean>): Promise<void> {
  while (!(await isReached())) await new Promise((resolve) => setTimeout(resolve, 100));
}
