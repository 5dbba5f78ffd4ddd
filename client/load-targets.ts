import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  LANE_SIZE,
  type LoadRequest,
  type OpenLaneAnswer,
  type OpenLaneRequest,
} from '../contract/campaign.js';
import { campaignWorkflowId, LOAD_UPDATE, OPEN_LANE_UPDATE } from '../contract/names.js';
import { targetPath, type TaskRef } from '../contract/task.js';
import type { LoadOptions } from './campaign-types.js';

/** Lanes that are loaded at a time. */
const AT_ONCE = 4;

/**
 * Puts targets into lanes of a campaign that is gathering, connection by connection. Reads no faster than lanes are loaded,
 * so that a list of any length passes through a few lanes' memory.
 * @throws what the source throws; WorkflowUpdateFailedError when the campaign refuses a lane.
 */
export async function loadTargets(
  client: Client,
  campaign: string,
  targets: AsyncIterable<TaskRef>,
  { signal, onLoaded }: LoadOptions = {},
): Promise<{ readonly targets: number; readonly lanes: number }> {
  const workflow = client.workflow.getHandle(campaignWorkflowId(campaign));
  const open = new Map<string, TaskRef[]>();
  const loading = new Set<Promise<void>>();
  let lanes = 0;
  let loaded = 0;

  const send = async (lane: TaskRef[]) => {
    lanes += 1;
    const sending = loadLane(client, workflow, lane).then(() => {
      loaded += lane.length;
      onLoaded?.(loaded);
      loading.delete(sending);
    });
    loading.add(sending);
    if (loading.size >= AT_ONCE) await Promise.race(loading);
  };

  try {
    for await (const task of targets) {
      signal?.throwIfAborted();
      const key = `${task.provider}://${task.connection}`;
      const lane = open.get(key) ?? [];
      open.set(key, lane);
      lane.push(task);
      if (lane.length < LANE_SIZE) continue;
      open.delete(key);
      await send(lane);
    }
    for (const lane of open.values()) await send(lane);
    await Promise.all(loading);
  } catch (thrown) {
    await Promise.allSettled(loading);
    throw thrown;
  }
  return { targets: loaded, lanes };
}

async function loadLane(client: Client, campaign: WorkflowHandle, lane: readonly TaskRef[]): Promise<void> {
  const [first] = lane;
  if (first === undefined) return;
  const { connection, provider, ids } = first;
  const request: OpenLaneRequest = { connection, provider, targets: lane.length, fields: Object.keys(ids) };
  const { workflowId } = await campaign.executeUpdate<OpenLaneAnswer, [OpenLaneRequest]>(OPEN_LANE_UPDATE, {
    args: [request],
  });
  const load: LoadRequest = { targets: lane.map(targetPath) };
  // A repeat of the same call is the same Update.
  const options = { args: [load] as [LoadRequest], updateId: 'load' };
  await client.workflow.getHandle(workflowId).executeUpdate<void, [LoadRequest]>(LOAD_UPDATE, options);
}
