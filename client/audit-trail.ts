import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { CAMPAIGN_LANE_WORKFLOW, CANCEL_CAMPAIGN_WORKFLOW, CANCEL_TASK_WORKFLOW } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { AuditEntry, AuditFilter } from './audit-entry.js';
import { asUnreachable } from './as-unreachable.js';
import { isNotFound } from './grpc-errors.js';
import { inOrder } from './in-order.js';
import { quoted } from './list-cancellations.js';
import { listWorkflows } from './list-workflows.js';
import { readActs } from './read-acts.js';

/** Histories read at a time. */
const AT_ONCE = 8;

/**
 * Who asked what of which cancellations and campaigns, why, and what came of it, out of the histories that Temporal keeps: a
 * cancellation's or campaign's own entries in their order, of those that began last first. Needs no Worker.
 * @throws TemporalUnreachableError
 */
export async function* auditTrail(client: Client, filter: AuditFilter): AsyncGenerator<AuditEntry> {
  const work = (info: WorkflowExecutionInfo) =>
    readActs(client, info).catch((thrown: unknown) => {
      // Its retention ended after it was listed.
      if (isNotFound(thrown)) return [];
      throw asUnreachable(client, thrown);
    });
  for await (const entries of inOrder(listWorkflows(client, auditQuery(filter)), AT_ONCE, work))
    for (const entry of entries) if (fits(entry, filter)) yield entry;
}

/** Also in another run, whose end may be that of what this one was asked. */
const GOES_ON = "ExecutionStatus = 'Running' OR ExecutionStatus = 'ContinuedAsNew'";

/** Somebody may have ended them past Quiesce. A campaign may have hundreds of others, each with a long history and no act in it. */
const CUT_OFF_LANES = `WorkflowType = '${CAMPAIGN_LANE_WORKFLOW}' AND ExecutionStatus IN ('Terminated', 'Canceled', 'Failed', 'TimedOut')`;

/** All that was open at some time between, and may have been asked something or have ended then. */
function auditQuery({ since, until, connection }: AuditFilter): string {
  const ofConnection = `${searchAttributeKey('connection').name} = ${quoted(connection ?? '')}`;
  const ofOne = connection === undefined ? '' : ` AND ${ofConnection}`;
  return [
    `(WorkflowType = '${CANCEL_CAMPAIGN_WORKFLOW}' OR ((WorkflowType = '${CANCEL_TASK_WORKFLOW}' OR (${CUT_OFF_LANES}))${ofOne}))`,
    ...(until === undefined ? [] : [`StartTime < '${until.toISOString()}'`]),
    ...(since === undefined ? [] : [`(CloseTime >= '${since.toISOString()}' OR ${GOES_ON})`]),
  ].join(' AND ');
}

function fits(
  { at, endedAt, by, connections }: AuditEntry,
  { since, until, caller, connection }: AuditFilter,
): boolean {
  const isBetween = (time: string) =>
    (since === undefined || Date.parse(time) >= since.getTime()) &&
    (until === undefined || Date.parse(time) < until.getTime());
  return (
    // A nightly export told what was asked before its verdict was there.
    (isBetween(at) || (endedAt !== undefined && isBetween(endedAt))) &&
    (caller === undefined || by === caller) &&
    (connection === undefined || connections === undefined || connections.includes(connection))
  );
}
