import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CancelInput, CancelPhase, CancelStory } from '../contract/cancellation.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import { taskUri } from '../contract/task.js';
import { describeStory } from './describe-story.js';

/** Enters a phase, and shows it where people look: Search Attributes for lists, current details for the run's page. */
export function publish(input: CancelInput, story: CancelStory, phase: CancelPhase): void {
  story.phase = phase;
  const { task, requestedBy, campaign } = input;
  const { provider, connection } = task;
  const { verdict } = story;
  const { typedSearchAttributes } = workflowInfo();
  const changed = searchAttributePairs({
    provider,
    connection,
    task: taskUri(task),
    requestedBy,
    campaign,
    phase,
    verdict,
  }).filter(({ key, value }) => typedSearchAttributes.get(key) !== value);
  // Each upsert is an event of the history.
  if (changed.length > 0) upsertSearchAttributes(changed);
  setCurrentDetails(describeStory(input, story));
}
