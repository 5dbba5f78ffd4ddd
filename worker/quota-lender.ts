import { AsyncResource } from 'node:async_hooks';
import { Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { QuotaLender } from '../activities/quota-lender.js';
import {
  GIVE_BACK_SIGNAL,
  LEASE_UPDATE,
  quotaWorkflowId,
  SHARE_QUOTA_WORKFLOW,
  TASK_QUEUE,
} from '../contract/names.js';
import type { LeaseAnswer, LeaseRequest } from '../contract/quota-share.js';

/** Longer than a busy server takes, shorter than a share is valid. */
const ANSWER_WITHIN_MS = 5_000;
const GIVE_BACK_WITHIN_MS = 1_000;

/** Shares of quotas from the Workflow that divides them, which is started where it does not run. */
export function createQuotaLender(temporal: NativeConnection, namespace: string): QuotaLender {
  const client = new Client({ connection: temporal, namespace });
  // What an Activity calls on this connection is given up when the Activity is; a share is not for one Activity alone.
  const outside = new AsyncResource('QuotaLender');
  const within = <T>(ms: number, call: () => Promise<T>): Promise<T> =>
    outside.runInAsyncScope(() => client.withDeadline(Date.now() + ms, call));
  return {
    lease(connection, request) {
      const startWorkflowOperation = new WithStartWorkflowOperation(SHARE_QUOTA_WORKFLOW, {
        workflowId: quotaWorkflowId(connection),
        taskQueue: TASK_QUEUE,
        args: [{ connection }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `quotas of ${connection}`,
      });
      return within(ANSWER_WITHIN_MS, () =>
        client.workflow.executeUpdateWithStart<Workflow, LeaseAnswer, [LeaseRequest]>(LEASE_UPDATE, {
          args: [request],
          startWorkflowOperation,
        }),
      );
    },

    async giveBack(connection, holder) {
      await within(GIVE_BACK_WITHIN_MS, () =>
        client.workflow.getHandle(quotaWorkflowId(connection)).signal(GIVE_BACK_SIGNAL, { holder }),
      );
    },
  };
}
