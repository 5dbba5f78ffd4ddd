import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CancelInput, CancelPhase, CancelStory } from '../contract/cancellation.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import { TASK_MEMO, taskMemo } from '../contract/task-memo.js';
import { shownUri } from '../contract/task.js';
import { describeStory } from './describe-story.js';

/** Enters a phase, and shows it where people look: Search Attributes for lists, current details for the run's page. */
export function publish(input: CancelInput, story: CancelStory, phase: CancelPhase): void {
  story.phase = phase;
  const { task, requestedBy, campaign } = input;
  const { provider, connection } = task;
  const { verdict } = story;
  const { typedSearchAttributes, workflowId, memo } = workflowInfo();
  const changed = searchAttributePairs({
    provider,
    connection,
    task: shownUri(task, workflowId),
    requestedBy,
    campaign,
    phase,
    verdict,
  }).filter(({ key, value }) => typedSearchAttributes.get(key) !== value);
  // Each upsert is an event of the history.
  if (changed.length > 0) upsertSearchAttributes(changed);
  // Lists show it where the attribute hides the task. A caller with Temporal alone may have set none, or another's.
  const shown = taskMemo(task, workflowId).memo;
  if (shown !== undefined && memo?.[TASK_MEMO] !== shown[TASK_MEMO]) upsertMemo(shown);
  setCurrentDetails(describeStory(input, story));
}
