import { operation, service } from 'nexus-rpc';
import type { CampaignInput, CampaignResult } from '../contract/campaign.js';
import type { CancelInput, CancelResult } from '../contract/cancellation.js';
import type { TaskRef } from '../contract/task.js';

/** The input of the operation `cancelTask`: plain JSON, unknown keys are ignored. */
export interface CancelTaskInput extends Omit<CancelInput, 'task'> {
  /** A reference, or a URI such as `provider://connection/id`. */
  readonly task: TaskRef | string;
  /** Who asked. Kept only where Temporal does not say it: else it is the namespace that calls. */
  readonly requestedBy?: string;
}

/** The input of the operation `startCampaign`: plain JSON, with `selectors` or `targets`; unknown keys are ignored. */
export interface StartCampaignInput extends Omit<CampaignInput, 'startAtOnce'> {
  /** Names the campaign; the same id twice is one campaign. Left out: one is made from the id of the request. */
  readonly id?: string;
  /** As for `cancelTask`. */
  readonly requestedBy?: string;
  /** References or URIs, at most {@link MOST_TARGETS_OF_A_CALL}; a task that is named twice is one target. */
  readonly targets?: readonly (TaskRef | string)[];
}

/** Two lanes: they are loaded while the caller's server waits for the answer, which it does for seconds. */
export const MOST_TARGETS_OF_A_CALL = 1_000;

/**
 * Quiesce for callers in other namespaces, by Nexus. Both operations are asynchronous: their results are those of the
 * Workflows `cancelTask` and `cancelCampaign`, in the same JSON. Names and types are a published contract.
 *
 * Callers' Workflows import this: it loads `nexus-rpc` and nothing else.
 * @experimental as all of `nexus-rpc` is.
 */
export const quiesceService = service('quiesce', {
  cancelTask: operation<CancelTaskInput, CancelResult>(),
  startCampaign: operation<StartCampaignInput, CampaignResult>(),
});
