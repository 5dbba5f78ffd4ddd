import type { Client } from '@temporalio/client';
import { cancelWorkflowId, parseTaskUri, taskUri, type TaskRef } from '../contract/task.js';
import { maskOf } from '../encryption/data-converter.js';
import { toTaskRef } from './to-task-ref.js';

/** The Workflow id of a checked task's cancellation: where the client encrypts what it sends, it hides the task's ids. */
export function cancellationIdOf(
  { options }: Client,
  task: TaskRef,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): string {
  const mask = maskOf(options.loadedDataConverter);
  return cancelWorkflowId(task, { dryRun, mask: mask?.(taskUri(task)) });
}

/**
 * The task of a URI; of anything else, such as a Workflow id, there is none.
 * @throws InvalidTaskError for a URI whose ids are none of its provider's.
 */
export function taskNamedBy(idOrUri: string): TaskRef | undefined {
  return parseTaskUri(idOrUri) === undefined ? undefined : toTaskRef(idOrUri);
}
