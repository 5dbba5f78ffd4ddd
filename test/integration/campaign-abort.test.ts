import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { CampaignResult } from '../../contract/campaign.js';
import {
  ABORT_UPDATE,
  campaignWorkflowId,
  CANCEL_CAMPAIGN_WORKFLOW,
  START_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';
import { replayAll } from '../replay-all.js';
import { asFsxTargets, fsxTargets, playCampaign } from './campaign-play.js';

const LOOK = 'DescribeDataRepositoryTasks';

describe('a campaign that is aborted while it makes its plan', { timeout: 120_000 }, () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ everyMs: 200 });
    await stack.startWorker();
  });
  after(async () => {
    try {
      await replayAll(stack);
    } finally {
      await stack.close();
    }
  });

  it('does not wait for a start’s survey to say yes: the start is refused', async () => {
    const { paths } = await fsxTargets(stack, { count: 4 });
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], { startAtOnce: false });
    await campaign.until(({ phase }) => phase === 'planned');
    await stack.simulator.fault({ kind: 'hang', ms: 2_000, times: 1, match: { operation: LOOK } });
    const starting = assert.rejects(campaign.ask(START_UPDATE), (thrown: unknown) => {
      assert.ok(thrown instanceof WorkflowUpdateFailedError);
      assert.match(thrown.cause?.message ?? '', /The campaign asks no more: Aborted by tester/);
      return true;
    });
    await campaign.until(({ phase }) => phase === 'planning');
    await campaign.ask(ABORT_UPDATE);
    await starting;
    const { result } = await campaign.end();
    assert.deepEqual([result.end, result.verdicts], ['aborted', { 'left-alone': 4 }]);
  });

  it('counts in its plan what is protected, also in a lane of nothing else', async () => {
    const { paths } = await fsxTargets(stack, { count: 5 });
    const options = { protect: paths.slice(0, 3) };
    const campaign = await playCampaign(stack, [asFsxTargets(paths)], { startAtOnce: false, options }, 2);
    const { plan } = await campaign.until(({ phase }) => phase === 'planned');
    assert.deepEqual([plan?.protected, plan?.wouldCancel], [3, 2]);
    await campaign.ask(ABORT_UPDATE);
    const { result } = await campaign.end();
    assert.deepEqual(result.verdicts, { protected: 3, 'left-alone': 2 });
  });

  it('ends though a list never comes', async () => {
    await stack.simulator.fault({ kind: 'hang', times: 'always', match: { operation: LOOK } });
    const earlier = (await stack.simulator.calls({ operation: LOOK })).length;
    const handle = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId: campaignWorkflowId(`listing-${process.pid}`),
      taskQueue: TASK_QUEUE,
      args: [{ reason: 'a test', selectors: [{ connection: 'sim', provider: 'aws-fsx' }] }],
    });
    while ((await stack.simulator.calls({ operation: LOOK })).length === earlier);
    await handle.executeUpdate(ABORT_UPDATE, { args: [{ by: 'tester' }] });
    const { end } = (await handle.result()) as CampaignResult;
    assert.equal(end, 'aborted');
  });
});
