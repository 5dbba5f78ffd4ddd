import type { Client } from '@temporalio/client';
import type { CallCounts, CampaignProgress, StateCounts, TargetState } from '../contract/campaign.js';
import type { LaneHeartbeat } from '../contract/campaign-lane.js';
import { laneWorkflowId } from '../contract/names.js';
import type { LiveProgress } from './campaign-types.js';

/** Descriptions asked for at a time. */
const AT_ONCE = 8;
/** More lanes than that would take longer than their news are worth. */
const MOST_LANES = 60;

/** Adds what the running lanes' Activities have done since their lanes told the campaign: it is in their heartbeats. */
export async function liveProgress(client: Client, progress: CampaignProgress): Promise<LiveProgress> {
  const lanes = progress.lanes.running.slice(0, MOST_LANES);
  const news: Delta[] = [];
  const ask = async () => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift())
      news.push(...(await newsOf(client, laneWorkflowId(progress.id, lane))));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const states = { ...progress.states };
  let calls = progress.calls;
  for (const delta of news) {
    move(states, delta.states);
    calls = add(calls, delta.calls);
  }
  return { ...progress, states, calls, atMs: Date.now() };
}

interface Delta {
  /** Targets that have left `waiting`. */
  readonly states: StateCounts;
  readonly calls: CallCounts;
}

async function newsOf(client: Client, workflowId: string): Promise<Delta[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const asking = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'askTargets');
  const [payload] = asking?.heartbeatDetails?.payloads ?? [];
  if (payload === undefined) return [];
  const { payloadConverter } = client.options.loadedDataConverter;
  const { changes, calls } = payloadConverter.fromPayload<LaneHeartbeat>(payload);
  const states: StateCounts = {};
  for (const [, { state }] of changes) states[state] = (states[state] ?? 0) + 1;
  return [{ states, calls }];
}

/** What an Activity was given to ask had been waiting; more than that is not taken, so that the counts still add up. */
function move(states: StateCounts, delta: StateCounts): void {
  for (const [state, count] of Object.entries(delta) as [TargetState, number][]) {
    const moved = Math.min(count, states.waiting ?? 0);
    if (state === 'waiting' || moved === 0) continue;
    states.waiting = (states.waiting ?? 0) - moved;
    states[state] = (states[state] ?? 0) + moved;
  }
}

function add(one: CallCounts, other: CallCounts): CallCounts {
  return {
    asks: one.asks + other.asks,
    looks: one.looks + other.looks,
    throttled: one.throttled + other.throttled,
  };
}
