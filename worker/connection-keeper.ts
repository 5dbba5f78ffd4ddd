import { AsyncResource } from 'node:async_hooks';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { ConnectionKeeper } from '../activities/connection-keeper.js';
import type { CredentialAnswer } from '../contract/credential-turn.js';
import {
  CREDENTIAL_UPDATE,
  GIVE_BACK_SIGNAL,
  LEASE_UPDATE,
  quotaWorkflowId,
  SHARE_QUOTA_WORKFLOW,
  TASK_QUEUE,
} from '../contract/names.js';
import type { LeaseAnswer } from '../contract/quota-share.js';

/** Longer than a busy server takes, shorter than a share is valid. */
const ANSWER_WITHIN_MS = 5_000;
const GIVE_BACK_WITHIN_MS = 1_000;

/** The Workflow that divides a connection's quotas and keeps its credential's state, which is started where it does not run. */
export function createConnectionKeeper(client: Client): ConnectionKeeper {
  // What an Activity calls on this connection is given up when the Activity is; this is not for one Activity alone.
  const outside = new AsyncResource('ConnectionKeeper');
  const within = <T>(ms: number, call: () => Promise<T>): Promise<T> =>
    outside.runInAsyncScope(() => client.withDeadline(Date.now() + ms, call));
  const update = <Answer>(name: string, connection: string, request: unknown, updateId?: string) => {
    const startWorkflowOperation = new WithStartWorkflowOperation(SHARE_QUOTA_WORKFLOW, {
      workflowId: quotaWorkflowId(connection),
      taskQueue: TASK_QUEUE,
      args: [{ connection }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `quotas and credential of ${connection}`,
    });
    return within(ANSWER_WITHIN_MS, () =>
      client.workflow.executeUpdateWithStart<Workflow, Answer, [unknown]>(name, {
        args: [request],
        startWorkflowOperation,
        ...(updateId !== undefined && { updateId }),
      }),
    );
  };
  return {
    lease: (connection, request) => update<LeaseAnswer>(LEASE_UPDATE, connection, request),

    credential: (connection, request, requestId) =>
      update<CredentialAnswer>(CREDENTIAL_UPDATE, connection, request, requestId),

    async giveBack(connection, holder) {
      await within(GIVE_BACK_WITHIN_MS, () =>
        client.workflow.getHandle(quotaWorkflowId(connection)).signal(GIVE_BACK_SIGNAL, { holder }),
      );
    },
  };
}
