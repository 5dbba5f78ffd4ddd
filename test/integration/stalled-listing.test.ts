import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignInput } from '../../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId, TASK_QUEUE } from '../../contract/names.js';
import { startStack, type Stack } from '../harness.js';

describe('a listing that does not get on', { timeout: 60_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack();
    await stack.startWorker();
  });
  after(() => stack.close());

  it('says why, and costs the campaign no Update', async () => {
    await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 3 });
    await stack.simulator.fault({
      kind: 'error',
      times: 'always',
      status: 400,
      code: 'AccessDeniedException',
      match: { operation: 'DescribeDataRepositoryTasks' },
    });
    const id = 'stalled-listing';
    const selector = { connection: 'sim', provider: 'aws-fsx' };
    const workflow = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId: campaignWorkflowId(id),
      taskQueue: TASK_QUEUE,
      args: [{ reason: 'a test', selectors: [selector] } satisfies CampaignInput],
    });
    const campaign = stack.quiesce.campaigns.get(id);
    const attempts = async () => (await workflow.describe()).raw.pendingActivities?.[0]?.attempt ?? 0;
    while ((await attempts()) < 2) await sleep(100);

    const { stalled } = await campaign.live();
    assert.equal(stalled.length, 1, JSON.stringify(stalled));
    assert.equal(stalled[0]?.subject, workflow.workflowId);
    assert.match(stalled[0]?.message ?? '', /denied/i);
    const { events = [] } = await workflow.fetchHistory();
    const updates = events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    assert.equal(updates?.length, 0, 'attempts that load nothing');

    await workflow.terminate('the test is over');
  });
});
