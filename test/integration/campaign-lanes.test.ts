import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ABORT_UPDATE,
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  PAUSE_UPDATE,
  RESUME_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';
import { asFsxTargets, fsxAsks, fsxTargets, playCampaign } from './campaign-play.js';

const CANCEL = 'CancelDataRepositoryTask';

describe('the lanes of a campaign', { timeout: 200_000, concurrency: true }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200 });
    await stack.startWorker();
  });
  after(() => stack.close());

  it('do nothing while the campaign gathers its targets, also with protected ones', async () => {
    const { client } = stack;
    const campaign = await client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId: campaignWorkflowId('gathering'),
      taskQueue: TASK_QUEUE,
      args: [{ reason: 'a test', startAtOnce: true, options: { protect: ['t-1'] } }],
    });
    const opened = await campaign.executeUpdate<{ workflowId: string }, [object]>(OPEN_LANE_UPDATE, {
      args: [{ connection: 'sim', provider: 'aws-fsx', fields: ['taskId'], targets: 3 }],
    });
    const lane = client.workflow.getHandle(opened.workflowId);
    await lane.executeUpdate(LOAD_UPDATE, { args: [{ targets: ['t-1', 't-2', 't-3'] }] });
    await sleep(3_000);
    assert.ok((await lane.describe()).historyLength < 20);
    await campaign.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    await campaign.result();
  });

  it('go on past a target whose refusal turns out to be a cancel', async () => {
    const { paths: odd } = await fsxTargets(stack, { count: 1, onCancel: 'stuckCanceling' });
    const { paths: good } = await fsxTargets(stack, { count: 20 });
    await stack.simulator.fault({
      kind: 'error',
      status: 400,
      code: 'UnsupportedOperation',
      afterEffect: true,
      times: 1,
      match: { operation: CANCEL, taskIds: [...odd] },
    });
    const options = { errorThreshold: { count: 0 }, callsPerSecond: 10, deadlineAfterMs: 15_000 };
    const campaign = await playCampaign(stack, [asFsxTargets([...odd, ...good])], { options });
    const { result } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 20, unproven: 1 });
  });

  it('leave a target to the single cancellation that begins after they have looked at it', async () => {
    const { paths: many } = await fsxTargets(stack, { count: 60 });
    const { paths: slow } = await fsxTargets(stack, { count: 1, delays: { cancelingMs: 12_000 } });
    const [[first = ''], [last = '']] = [many, slow];
    const cancels = (taskId: string) => stack.simulator.calls({ taskId, operation: CANCEL });
    // The last one's turn comes after 15 s, and all were looked at before the first's.
    const campaign = await playCampaign(stack, [asFsxTargets([...many, ...slow])], {
      options: { callsPerSecond: 4 },
    });
    while ((await cancels(first)).length === 0) await sleep(50);
    const single = await stack.quiesce.cancel(`aws-fsx://sim/${last}`);
    const { result, rows } = await campaign.end();
    assert.equal((await single.verdict()).verdict, 'canceled');
    assert.deepEqual(result.verdicts, { canceled: 61 });
    assert.equal((await cancels(last)).length, 1);
    assert.equal(rows.get(last)?.asks ?? 0, 0);
  });

  it('leave targets to the campaign that began before, also while that is paused, and ask them once it is aborted', async () => {
    const { paths } = await fsxTargets(stack, { count: 100 });
    const countAsks = async () => [...(await fsxAsks(stack, paths)).values()].flat().length;
    const first = await playCampaign(stack, [asFsxTargets(paths)], { options: { callsPerSecond: 4 } });
    while ((await countAsks()) === 0) await sleep(50);
    await first.ask(PAUSE_UPDATE);
    await first.until(({ phase }) => phase === 'paused');
    const second = await playCampaign(stack, [asFsxTargets(paths)]);
    const { states } = await second.until((now) => now.states.waiting === undefined);
    const { asked = 0, canceling = 0, canceled = 0 } = states;
    assert.deepEqual([asked, canceling + canceled], [0, 100], JSON.stringify(states));
    const asks = await countAsks();
    assert.ok(asks < 100, 'the first has asked all before it was paused');

    await first.ask(ABORT_UPDATE);
    const [ofFirst, ofSecond] = await Promise.all([first.end(), second.end()]);
    assert.equal(ofFirst.result.verdicts['left-alone'], 100 - asks);
    assert.deepEqual(ofSecond.result.verdicts, { canceled: 100 });
    const each = [...(await fsxAsks(stack, paths)).values()].map(({ length }) => length);
    assert.deepEqual(new Set(each), new Set([1]));
  });

  it('hold the rest where the permission is lost on the way, and refuse none of it', async () => {
    const { paths } = await fsxTargets(stack, { count: 80 });
    const match = { operation: CANCEL, taskIds: [...paths] };
    const denied = { kind: 'error', status: 400, code: 'AccessDeniedException' } as const;
    const lost = await stack.simulator.fault({ ...denied, afterCalls: 20, times: 'always', match });
    // Answered after the first that are denied, though they were made before.
    await stack.simulator.fault({ kind: 'latency', ms: 1_000, times: 20, match });
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], {});
    const { states } = await campaign.until(({ connections }) => connections[0]?.held !== undefined);
    assert.deepEqual([states.refused ?? 0, states.waiting], [0, 60], JSON.stringify(states));

    await stack.simulator.clearFault(lost);
    // A hold is tried again by itself, too: after a minute.
    await campaign.ask(PAUSE_UPDATE);
    await campaign.until(({ phase }) => phase === 'paused');
    await campaign.ask(RESUME_UPDATE);
    const { result } = await campaign.end();
    assert.deepEqual(result.verdicts, { canceled: 80 });
  });
});

describe('a campaign that was paused amid its last ask', { timeout: 200_000 }, () => {
  it('asks again what that ask had no effect on', async () => {
    const stack = await startStack({ everyMs: 200 });
    try {
      await stack.startWorker();
      const { paths } = await fsxTargets(stack, { count: 1 });
      // What is shown is what was: the ask seems to have had no effect.
      await stack.simulator.settings({ provider: 'aws-fsx', refreshMs: 600_000 });
      await stack.simulator.fault({ kind: 'latency', ms: 3_000, times: 1, match: { operation: CANCEL } });
      const campaign = await playCampaign(stack, [asFsxTargets(paths)], {});
      await sleep(1_500);
      await campaign.ask(PAUSE_UPDATE);
      await campaign.until(({ states }) => states.asked === 1);
      await campaign.ask(RESUME_UPDATE);
      while (((await fsxAsks(stack, paths)).get(paths[0] ?? '')?.length ?? 0) < 2) await sleep(200);
      await campaign.ask(ABORT_UPDATE);
    } finally {
      await stack.close();
    }
  });
});
