import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { CallCounts, CampaignProgress, StateCounts, TargetState } from '../contract/campaign.js';
import type { LaneHeartbeat } from '../contract/campaign-lane.js';
import { laneWorkflowId } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { LiveProgress } from './campaign-types.js';
import { isNotFound } from './grpc-errors.js';
import { inOrder } from './in-order.js';

/** Descriptions asked for at a time. */
const AT_ONCE = 8;
/** More lanes than that would take longer than their news are worth. */
const MOST_LANES = 60;

/** What a lane's running Activity has done, and the lane has not told yet. */
export interface LaneBeat {
  readonly connection: string;
  /** In which states its targets may have been, the likeliest first. */
  readonly from: readonly TargetState[];
  readonly beat: LaneHeartbeat;
}

/** By the type of the Activity; others change nothing. */
const GIVEN: Readonly<Record<string, readonly TargetState[]>> = {
  askTargets: ['waiting'],
  proveTargets: ['asked', 'answered', 'canceling', 'open'],
};

/** Adds what the running lanes' Activities have done since their lanes told the campaign: it is in their heartbeats. */
export async function liveProgress(client: Client, progress: CampaignProgress): Promise<LiveProgress> {
  const atMs = Date.now();
  const lanes = progress.lanes.running.slice(0, MOST_LANES);
  const beats: LaneBeat[] = [];
  for await (const ofLane of inOrder(lanes, AT_ONCE, (lane) => readBeats(client, progress.id, lane)))
    beats.push(...ofLane);
  return { ...withBeats(progress, beats), atMs };
}

/** The counts go on adding up to the number of targets, of the whole and of each connection. */
export function withBeats(progress: CampaignProgress, beats: readonly LaneBeat[]): CampaignProgress {
  const connections = progress.connections.map((each) => {
    const own = beats.filter(({ connection }) => connection === each.connection);
    return {
      ...each,
      states: own.reduce(moved, each.states),
      calls: own.reduce((calls, { beat }) => added(calls, beat.calls), each.calls),
    };
  });
  return {
    ...progress,
    connections,
    states: connections.map(({ states }) => states).reduce(addedStates, {}),
    calls: connections.map(({ calls }) => calls).reduce(added, NO_CALLS),
  };
}

const NO_CALLS: CallCounts = { asks: 0, looks: 0, throttled: 0 };

function moved(states: StateCounts, { from, beat }: LaneBeat): StateCounts {
  const counts = { ...states };
  for (const [, { state }] of beat.changes) {
    // Where exactly it was is known to its lane alone; one that is still of the same kind moves nothing.
    if (from.includes(state)) continue;
    const before = from.find((each) => (counts[each] ?? 0) > 0);
    // The lane has told more since the Activity began: then it has told this, too.
    if (before === undefined) continue;
    counts[before] = (counts[before] ?? 0) - 1;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

function addedStates(one: StateCounts, other: StateCounts): StateCounts {
  const sum = { ...one };
  for (const [state, count] of Object.entries(other) as [TargetState, number][])
    sum[state] = (sum[state] ?? 0) + count;
  return sum;
}

function added(one: CallCounts, other: CallCounts): CallCounts {
  return {
    asks: one.asks + other.asks,
    looks: one.looks + other.looks,
    throttled: one.throttled + other.throttled,
  };
}

async function readBeats(client: Client, campaign: string, lane: number): Promise<LaneBeat[]> {
  const description = await describeLane(client, campaign, lane);
  const connection = description?.typedSearchAttributes.get(searchAttributeKey('connection'));
  if (description === undefined || connection === undefined) return [];
  const beats: LaneBeat[] = [];
  for (const { activityType, heartbeatDetails } of description.raw.pendingActivities ?? []) {
    const from = GIVEN[activityType?.name ?? ''];
    if (from === undefined || !heartbeatDetails?.payloads) continue;
    const { loadedDataConverter } = client.options;
    const [beat] = await decodeArrayFromPayloads(loadedDataConverter, heartbeatDetails.payloads);
    if (isBeat(beat)) beats.push({ connection, from, beat });
  }
  return beats;
}

async function describeLane(
  client: Client,
  campaign: string,
  lane: number,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(laneWorkflowId(campaign, lane)).describe();
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined; // It is about to start.
    throw thrown;
  }
}

function isBeat(details: unknown): details is LaneHeartbeat {
  const { changes, calls } = (details ?? {}) as Partial<LaneHeartbeat>;
  return Array.isArray(changes) && typeof calls === 'object';
}
