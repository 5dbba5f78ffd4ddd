import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { OthersAtWork, OwnLane } from '../activities/others-at-work.js';
import { isOutcome } from '../contract/campaign.js';
import type { LaneRows } from '../contract/campaign-lane.js';
import { CAMPAIGN_LANE_WORKFLOW, CANCEL_TASK_WORKFLOW, ROWS_QUERY } from '../contract/names.js';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';

const ANSWER_WITHIN_MS = 20_000;

interface Lane {
  readonly workflowId: string;
  readonly startTime: Date;
}

/**
 * Reads from Temporal who else is at work. Its lists may be a second old on a busy server: who begins in that second is seen
 * by the look before each ask, as soon as the vendor shows it.
 */
export function createOthersAtWork(temporal: NativeConnection, namespace: string): OthersAtWork {
  const client = new Client({ connection: temporal, namespace });

  async function addSingles(found: Map<string, string>, connection: string): Promise<void> {
    for await (const { workflowId } of list(CANCEL_TASK_WORKFLOW, connection)) {
      // cancel/<provider>/<connection>/<path>; a dry run cancels nothing.
      const [kind, , , ...path] = workflowId.split('/');
      if (kind === 'cancel') found.set(path.join('/'), workflowId);
    }
  }

  async function addLanes(found: Map<string, string>, own: OwnLane): Promise<void> {
    const lanes: Lane[] = [];
    for await (const lane of list(CAMPAIGN_LANE_WORKFLOW, own.connection)) lanes.push(lane);
    const others = lanes.filter(({ workflowId }) => campaignOf(workflowId) !== campaignOf(own.workflowId));
    if (others.length === 0) return;
    const { startTime } = await client.workflow.getHandle(own.workflowId, own.runId).describe();
    for (const other of others.filter((lane) => isBefore(lane, { ...own, startTime }))) {
      const workflow = client.workflow.getHandle(other.workflowId);
      const { targets, rows } = await workflow.query<LaneRows>(ROWS_QUERY);
      for (const [place, { state }] of rows.entries())
        if (!isOutcome(state)) found.set(targets[place]?.split('?', 1)[0] ?? '', other.workflowId);
    }
  }

  function list(type: string, connection: string) {
    // A connection's name has no quotes: the config says what it may be made of.
    const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running' AND ${SEARCH_ATTRIBUTES.connection} = '${connection}'`;
    return client.workflow.list({ query });
  }

  return {
    targets: (own) =>
      client.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
        const found = new Map<string, string>();
        await addLanes(found, own);
        await addSingles(found, own.connection);
        return found;
      }),
  };
}

function campaignOf(laneId: string): string | undefined {
  return laneId.split('/')[1];
}

/** Of two lanes with the same target, exactly one is before the other. */
function isBefore(one: Lane, other: Lane): boolean {
  const differsMs = one.startTime.getTime() - other.startTime.getTime();
  return differsMs === 0 ? one.workflowId < other.workflowId : differsMs < 0;
}
