import { cancelWorkflowId, taskUri, type TaskRef } from '../../contract/task.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { toCancellationId } from '../cancellation-id.js';

const [definition] = ALL_PROVIDERS;

/** Of the first provider of the registry: what the API's description shows. */
export const EXAMPLE_TASK: TaskRef = {
  provider: definition?.id ?? '',
  connection: 'prod',
  ids: Object.fromEntries((definition?.fields ?? []).map(({ name, example }) => [name, example])),
};

export const EXAMPLE_URI = taskUri(EXAMPLE_TASK);
export const EXAMPLE_WORKFLOW_ID = cancelWorkflowId(EXAMPLE_TASK);
export const EXAMPLE_ID = toCancellationId(EXAMPLE_WORKFLOW_ID);
