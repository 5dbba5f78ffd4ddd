import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { HEALTH_QUERY, quotaWorkflowId } from '../contract/names.js';
import type { ConnectionHealth } from '../contract/quota-share.js';
import { queryWorkflow } from '../setup/query-workflow.js';

const ANSWER_WITHIN_MS = 2_000;

/**
 * How a connection is, as its Workers have found. `idle`: none of them has made a call lately; `unknown`: nobody answered in time.
 * Nothing is asked of the vendor.
 */
export interface HealthReport extends Partial<ConnectionHealth> {
  readonly status: 'ok' | 'refused' | 'slowed' | 'idle' | 'unknown';
}

export async function healthOf(client: Client, connection: string): Promise<HealthReport> {
  const workflow = client.workflow.getHandle(quotaWorkflowId(connection));
  try {
    return await client.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      // One that has ended would answer, too, with what was true then.
      if ((await workflow.describe()).closeTime !== undefined) return { status: 'idle' };
      const health = await queryWorkflow<ConnectionHealth>(workflow, HEALTH_QUERY);
      return { status: statusOf(health), ...health };
    });
  } catch (thrown) {
    return { status: thrown instanceof WorkflowNotFoundError ? 'idle' : 'unknown' };
  }
}

function statusOf({ refusal, slowedTo }: ConnectionHealth): HealthReport['status'] {
  if (refusal !== undefined) return 'refused';
  return Object.keys(slowedTo).length > 0 ? 'slowed' : 'ok';
}
