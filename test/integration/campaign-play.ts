import type {
  CampaignInput,
  CampaignProgress,
  CampaignResult,
  OpenLaneAnswer,
} from '../../contract/campaign.js';
import type { LaneRows } from '../../contract/campaign-lane.js';
import {
  CANCEL_CAMPAIGN_WORKFLOW,
  campaignWorkflowId,
  laneWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  PROGRESS_QUERY,
  ROWS_QUERY,
  SEAL_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import type { Stack } from '../harness.js';

export interface PlayedCampaign {
  readonly id: string;
  progress(): Promise<CampaignProgress>;
  result(): Promise<CampaignResult>;
  rows(lane?: number): Promise<LaneRows>;
  /** Sends one of the Updates by which people steer it. */
  ask(update: string, request?: object): Promise<void>;
  until(isReached: (progress: CampaignProgress) => boolean): Promise<CampaignProgress>;
}

export interface TargetsOf {
  readonly connection: string;
  readonly provider: string;
  readonly fields: readonly string[];
  readonly paths: readonly string[];
}

let count = 0;

/** A campaign started with nothing but Temporal: lanes of so many targets each. */
export async function playCampaign(
  { client }: Stack,
  targets: readonly TargetsOf[],
  input: Partial<CampaignInput> = {},
  laneSize = 500,
): Promise<PlayedCampaign> {
  count += 1;
  const id = `test-${process.pid}-${count}`;
  const handle = await client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
    workflowId: campaignWorkflowId(id),
    taskQueue: TASK_QUEUE,
    args: [{ reason: 'a test', startAtOnce: true, ...input } satisfies CampaignInput],
  });
  let sum = 0;
  for (const { paths, ...connection } of targets) {
    for (let from = 0; from < paths.length; from += laneSize) {
      const lanePaths = paths.slice(from, from + laneSize);
      const request = { ...connection, targets: lanePaths.length };
      const { workflowId } = await handle.executeUpdate<OpenLaneAnswer, [object]>(OPEN_LANE_UPDATE, {
        args: [request],
      });
      await client.workflow
        .getHandle(workflowId)
        .executeUpdate(LOAD_UPDATE, { args: [{ targets: lanePaths }] });
      sum += lanePaths.length;
    }
  }
  await handle.executeUpdate(SEAL_UPDATE, { args: [{ targets: sum }] });
  const progress = () => handle.query<CampaignProgress>(PROGRESS_QUERY);
  return {
    id,
    progress,
    result: () => handle.result() as Promise<CampaignResult>,
    rows: (lane = 1) => client.workflow.getHandle(laneWorkflowId(id, lane)).query<LaneRows>(ROWS_QUERY),
    ask: (update, request = {}) => handle.executeUpdate(update, { args: [{ by: 'tester', ...request }] }),
    async until(isReached) {
      for (;;) {
        const now = await progress();
        if (isReached(now)) return now;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}
