import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LANE_SIZE } from '../../contract/campaign.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BegunBody, CampaignBody } from '../../api/schemas/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId } from '../../contract/names.js';
import { slugOf, startApi, type RunningApi } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

/** A campaign whose first request could not be carried out. */
describe('a campaign that is asked for again under its Idempotency-Key', { timeout: 300_000 }, () => {
  let stack: Stack;
  let api: RunningApi;

  before(async () => {
    stack = await startStack();
    api = await startApi(stack);
  });
  after(async () => {
    await api?.close();
    await stack?.close();
  });

  async function seeded(count: number): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count });
    return tasks.map(({ id }) => `aws-fsx://sim/${id}`);
  }

  const post = (targets: readonly string[], key?: string) =>
    api.send<BegunBody>('POST', '/v1/campaigns', {
      body: { reason: 'a test', targets },
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    });

  async function ended(id: string): Promise<CampaignBody> {
    for (;;) {
      const { status, body } = await api.send<CampaignBody>('GET', `/v1/campaigns/${id}`);
      if (status === 200 && body.end !== undefined) return body;
      await sleep(100);
    }
  }

  async function onlyCampaign(): Promise<string> {
    for (;;) {
      for await (const { id } of stack.quiesce.campaigns.list({ running: true })) return id;
      await sleep(50);
    }
  }

  it('is begun by the repeat where no Worker was there for the first', async () => {
    const targets = await seeded(3);
    const [named, unnamed] = await Promise.all([post(targets, 'patient'), post(await seeded(1))]);
    for (const first of [named, unnamed])
      assert.deepEqual([first.status, slugOf(first)], [503, 'no-worker'], JSON.stringify(first.body));
    assert.ok(named.headers.get('retry-after'));

    const worker = await stack.startWorker();
    const again = await post(targets, 'patient');
    assert.equal(again.status, 202, JSON.stringify(again.body));
    const { end, states } = await ended(again.body.id);
    assert.deepEqual([end, states], ['done', { canceled: 3 }]);
    // Of what nobody can ask for again, nothing is left.
    const list = stack.client.workflow.list({ query: `WorkflowType = '${CANCEL_CAMPAIGN_WORKFLOW}'` });
    for await (const { workflowId } of list) {
      const id = workflowId.replace('campaign/', '');
      if (id !== again.body.id) assert.equal((await ended(id)).end, 'aborted');
    }
    await worker.stop();
  });

  it('has each target once where two load it at the same time, and one of them is left far behind', async () => {
    const count = 2 * LANE_SIZE + 100;
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'completed', count });
    const targets = tasks.map((task) => `aws-fsx://sim/${task.id}`);
    const worker = await stack.startWorker();
    const { campaigns } = stack.quiesce;
    const named = { reason: 'a test', id: 'raced' };
    let overtaken: () => void = () => {};
    const isOvertaken = new Promise<void>((resolve) => (overtaken = resolve));
    async function* slowly() {
      for (const [place, target] of targets.entries()) {
        if (place === LANE_SIZE + 100) await isOvertaken;
        yield target;
      }
    }
    const slow = campaigns.start({ targets: slowly(), connections: ['sim'] }, named);
    await sleep(300);
    const quick = await campaigns.start({ targets }, named);
    const { end, verdicts } = await quick.result();
    overtaken();
    assert.deepEqual([end, verdicts], ['done', { completed: count }]);
    assert.equal((await slow).id, 'raced');
    await worker.stop();
  });

  it('is told to have been given up where it was', async () => {
    const targets = await seeded(2);
    assert.equal(slugOf(await post(targets, 'hasty')), 'no-worker');
    const id = await onlyCampaign();
    await stack.client.workflow.getHandle(campaignWorkflowId(id)).cancel();
    const worker = await stack.startWorker();
    assert.equal((await ended(id)).end, 'aborted');
    const again = await post(targets, 'hasty');
    assert.deepEqual([again.status, slugOf(again)], [409, 'campaign-given-up']);
    assert.equal((await post(targets, 'anew')).status, 202);
    await worker.stop();
  });
});
