import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import {
  addCalls,
  addStates,
  NO_CALLS,
  type CampaignProgress,
  type Problem,
  type StateCounts,
  type TargetState,
} from '../contract/campaign.js';
import type { LaneHeartbeat } from '../contract/campaign-lane.js';
import type { FailureType } from '../contract/failures.js';
import { campaignWorkflowId, laneWorkflowId } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { LiveProgress } from './campaign-types.js';
import { failureMessage } from './failure-message.js';
import { isNotFound } from './grpc-errors.js';
import { inOrder } from './in-order.js';

/** Descriptions asked for at a time. */
const AT_ONCE = 8;
/** More lanes than that would take longer than their news are worth. */
const MOST_LANES = 60;
/** No fault: the last look found some that have not ended. */
const STILL_WAITING: FailureType = 'StillWaiting';

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

/**
 * Adds what the running lanes' Activities have done since their lanes told the campaign: it is in their heartbeats. And what
 * stalls them, or the campaign's own.
 */
export async function liveProgress(client: Client, progress: CampaignProgress): Promise<LiveProgress> {
  const atMs = Date.now();
  const lanes = progress.lanes.running.slice(0, MOST_LANES);
  const beats: LaneBeat[] = [];
  const stalled: Problem[] = [];
  // The campaign's own Activities, such as the one that lists its tasks, have no beats, and may be in trouble all the same.
  const workflowIds = [
    campaignWorkflowId(progress.id),
    ...lanes.map((lane) => laneWorkflowId(progress.id, lane)),
  ];
  const describe = (workflowId: string) => describeWorkflow(client, workflowId);
  for await (const description of inOrder(workflowIds, AT_ONCE, describe)) {
    if (description === undefined) continue;
    const pending = description.raw.pendingActivities ?? [];
    for (const activity of pending) beats.push(...(await beatsOf(client, description, activity)));
    for (const activity of pending)
      stalled.push(...(await problemsOf(client, description.workflowId, activity)));
  }
  return { ...withBeats(progress, beats), atMs, stalled };
}

/** The counts go on adding up to the number of targets, of the whole and of each connection. */
export function withBeats(progress: CampaignProgress, beats: readonly LaneBeat[]): CampaignProgress {
  const connections = progress.connections.map((each) => {
    const own = beats.filter(({ connection }) => connection === each.connection);
    return {
      ...each,
      states: own.reduce(moved, each.states),
      calls: own.reduce((calls, { beat }) => addCalls(calls, beat.calls), each.calls),
    };
  });
  return {
    ...progress,
    connections,
    states: connections.map(({ states }) => states).reduce(addStates, {}),
    calls: connections.map(({ calls }) => calls).reduce(addCalls, NO_CALLS),
  };
}

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
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

type Pending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

async function beatsOf(
  client: Client,
  { typedSearchAttributes }: WorkflowExecutionDescription,
  { activityType, heartbeatDetails }: Pending,
): Promise<LaneBeat[]> {
  const connection = typedSearchAttributes.get(searchAttributeKey('connection'));
  const from = GIVEN[activityType?.name ?? ''];
  if (connection === undefined || from === undefined || !heartbeatDetails?.payloads) return [];
  const [beat] = await decodeArrayFromPayloads(client.options.loadedDataConverter, heartbeatDetails.payloads);
  return isBeat(beat) ? [{ connection, from, beat }] : [];
}

async function problemsOf(client: Client, subject: string, { lastFailure }: Pending): Promise<Problem[]> {
  const code = lastFailure?.applicationFailureInfo?.type ?? 'Timeout';
  if (lastFailure === undefined || lastFailure === null || code === STILL_WAITING) return [];
  return [{ subject, code, message: await failureMessage(client, lastFailure), atMs: Date.now() }];
}

async function describeWorkflow(
  client: Client,
  workflowId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (thrown) {
    if (isNotFound(thrown) || thrown instanceof WorkflowNotFoundError) return undefined; // It is about to start.
    throw thrown;
  }
}

function isBeat(details: unknown): details is LaneHeartbeat {
  const { changes, calls } = (details ?? {}) as Partial<LaneHeartbeat>;
  return Array.isArray(changes) && typeof calls === 'object';
}
