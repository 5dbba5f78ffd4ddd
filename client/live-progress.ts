import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type {
  CallCounts,
  CampaignProgress,
  Problem,
  StateCounts,
  TargetState,
} from '../contract/campaign.js';
import type { LaneHeartbeat } from '../contract/campaign-lane.js';
import type { FailureType } from '../contract/failures.js';
import { laneWorkflowId } from '../contract/names.js';
import type { LiveProgress } from './campaign-types.js';

/** Descriptions asked for at a time. */
const AT_ONCE = 8;
/** More lanes than that would take longer than their news are worth. */
const MOST_LANES = 60;
/** No fault: the last look found some that have not ended. */
const STILL_WAITING: FailureType = 'StillWaiting';

/** Adds what the running lanes' Activities have done since their lanes told the campaign: it is in their heartbeats. */
export async function liveProgress(client: Client, progress: CampaignProgress): Promise<LiveProgress> {
  const lanes = progress.lanes.running.slice(0, MOST_LANES);
  const news: Delta[] = [];
  const stalled: Problem[] = [];
  const ask = async () => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      const workflowId = laneWorkflowId(progress.id, lane);
      const { raw } = await client.workflow.getHandle(workflowId).describe();
      const pending = raw.pendingActivities ?? [];
      news.push(...pending.flatMap((activity) => newsOf(client, activity)));
      stalled.push(...pending.flatMap((activity) => problemOf(workflowId, activity)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const states = { ...progress.states };
  let calls = progress.calls;
  for (const delta of news) {
    move(states, delta);
    calls = add(calls, delta.calls);
  }
  const counted = Object.entries(states).filter(([, count]) => count > 0);
  return { ...progress, states: Object.fromEntries(counted), calls, atMs: Date.now(), stalled };
}

/** What an Activity has found out of the targets it was given, and in which states those had been. */
interface Delta {
  readonly from: readonly TargetState[];
  readonly states: StateCounts;
  readonly calls: CallCounts;
}

/** By Activity: the states of the targets it is given. */
const GIVEN: Readonly<Record<string, readonly TargetState[]>> = {
  askTargets: ['waiting'],
  proveTargets: ['asked', 'canceling', 'answered', 'open'],
};

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

function newsOf(client: Client, { activityType, heartbeatDetails }: Pending): Delta[] {
  const from = GIVEN[activityType?.name ?? ''];
  const [payload] = heartbeatDetails?.payloads ?? [];
  if (from === undefined || payload === undefined) return [];
  const { payloadConverter } = client.options.loadedDataConverter;
  const { changes, calls } = payloadConverter.fromPayload<LaneHeartbeat>(payload);
  const states: StateCounts = {};
  for (const [, { state }] of changes) states[state] = (states[state] ?? 0) + 1;
  return [{ from, states, calls }];
}

function problemOf(subject: string, { lastFailure }: Pending): Problem[] {
  const code = lastFailure?.applicationFailureInfo?.type ?? 'Timeout';
  if (lastFailure === undefined || lastFailure === null || code === STILL_WAITING) return [];
  return [{ subject, code, message: lastFailure.message ?? '', atMs: Date.now() }];
}

/** No more than there were: the lane may have told of some of it meanwhile, and the counts are to add up. */
function move(states: StateCounts, { from, states: found }: Delta): void {
  for (const [state, count] of Object.entries(found) as [TargetState, number][]) {
    let left = from.includes(state) ? 0 : count;
    for (const before of from) {
      const moved = Math.min(left, states[before] ?? 0);
      if (moved === 0) continue;
      states[before] = (states[before] ?? 0) - moved;
      states[state] = (states[state] ?? 0) + moved;
      left -= moved;
    }
  }
}

function add(one: CallCounts, other: CallCounts): CallCounts {
  return {
    asks: one.asks + other.asks,
    looks: one.looks + other.looks,
    throttled: one.throttled + other.throttled,
  };
}
