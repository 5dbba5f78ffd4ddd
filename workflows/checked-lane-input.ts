import { LANE_SIZE } from '../contract/campaign.js';
import type { LaneInput } from '../contract/campaign-lane.js';
import { ON_RUNNING_SUBTASKS } from '../contract/cancellation.js';
import { invalid } from './invalid.js';
import { isCount, isOptional, isRecord, isText, isTexts, withoutNulls } from './json-shapes.js';

const CHECKS = {
  campaign: isText,
  connection: isText,
  provider: isText,
  reason: isText,
  lane: (value) => isCount(value, 1),
  targets: (value) => isCount(value, 1) && value <= LANE_SIZE,
  fields: (value) => isTexts(value) && value.length > 0,
  protect: (value) => isOptional(value, isTexts),
  onRunningSubtasks: (value) =>
    isOptional(value, (way) => ON_RUNNING_SUBTASKS.some((known) => known === way)),
  requestedBy: (value) => isOptional(value, (text) => typeof text === 'string'),
} as const satisfies Record<keyof LaneInput, (value: unknown) => boolean>;

/**
 * The input of a lane, which only a campaign should start, but anybody's Temporal client can.
 * @throws ApplicationFailure `InvalidInput`, so that the Workflow fails instead of its Workflow Task retrying for ever.
 */
export function checkedLaneInput(given: unknown): LaneInput {
  const input = withoutNulls(given);
  if (!isRecord(input)) throw invalid('A lane is started by its campaign, with an input.');
  for (const [name, fits] of Object.entries(CHECKS))
    if (!fits(input[name])) throw invalid(`${name} of a lane is not as its campaign gives it.`);
  const { resume: _, ...rest } = input;
  return rest as unknown as LaneInput;
}
