import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import {
  LANE_SIZE,
  type CampaignInput,
  type CampaignResult,
  type OpenLaneAnswer,
} from '../../contract/campaign.js';
import {
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  SEAL_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { asChild } from '../processes/as-child.js';
import { definitionOf, readTargets } from '../vendor.js';
import { inParallel } from '../peers/in-parallel.js';

export interface CampaignProcessInput {
  readonly address: string;
  readonly provider: string;
  readonly connection: string;
  readonly targets: string;
}

await asChild(async ({ address, provider, connection, targets }: CampaignProcessInput) => {
  const client = new Client({ connection: await Connection.connect({ address }) });
  const fields = definitionOf(provider).fields.map(({ name }) => name);
  return async () => {
    const id = randomUUID();
    const input: CampaignInput = { reason: 'bench', startAtOnce: true };
    const workflowId = campaignWorkflowId(id);
    const campaign = await client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [input],
    });
    let total = 0;
    let page: string[] = [];
    const pages: string[][] = [];
    for await (const ids of readTargets(targets)) {
      total += 1;
      page.push(fields.map((field) => encodeURIComponent(ids[field] ?? '')).join('/'));
      if (page.length === LANE_SIZE) pages.push(page.splice(0));
    }
    if (page.length > 0) pages.push(page);
    await inParallel(pages, 4, async (paths) => {
      const lane = (await campaign.executeUpdate(OPEN_LANE_UPDATE, {
        args: [{ connection, provider, targets: paths.length, fields }],
      })) as OpenLaneAnswer;
      await client.workflow
        .getHandle(lane.workflowId)
        .executeUpdate(LOAD_UPDATE, { args: [{ targets: paths }] });
    });
    await campaign.executeUpdate(SEAL_UPDATE, { args: [{ targets: total }] });
    const loadedAt = performance.now();
    const result = (await campaign.result()) as CampaignResult;
    return { ...result, afterLoadMs: performance.now() - loadedAt };
  };
});
