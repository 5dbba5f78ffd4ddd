import { WorkflowUpdateFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TargetLoader } from '../activities/target-loader.js';
import type { OpenLaneAnswer } from '../contract/campaign.js';
import {
  campaignWorkflowId,
  DISCARD_LANES_UPDATE,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
} from '../contract/names.js';

/** Loads targets into the lanes of campaigns of the client's namespace. */
export function createTargetLoader({ workflow }: Client): TargetLoader {
  const campaignOf = (id: string) => workflow.getHandle(campaignWorkflowId(id));
  return {
    discardLanes: (campaign, request) => update(campaignOf(campaign), DISCARD_LANES_UPDATE, request),

    async loadLane(campaign, lane, paths) {
      const { workflowId } = await update<OpenLaneAnswer>(campaignOf(campaign), OPEN_LANE_UPDATE, lane);
      await update(workflow.getHandle(workflowId), LOAD_UPDATE, { targets: paths });
    },
  };
}

/** @throws ApplicationFailure as the Workflow refused; whatever else went wrong on the way. */
async function update<Answer = void>(handle: WorkflowHandle, name: string, request: object): Promise<Answer> {
  try {
    return await handle.executeUpdate<Answer, [object]>(name, { args: [request] });
  } catch (thrown) {
    if (thrown instanceof WorkflowUpdateFailedError && thrown.cause instanceof ApplicationFailure)
      throw thrown.cause;
    throw thrown;
  }
}
