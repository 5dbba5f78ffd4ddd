import type { CancelInput, CancelStory } from '../contract/cancellation.js';
import { mayBeAsked } from '../contract/observation.js';
import { isRefused } from './verdict.js';

/** What a cancellation without a verdict does next. */
export type NextStep = 'rehearse' | 'ask' | 'confirm-refusal' | 'wait-for-subtasks' | 'await-end';

/** The way through a cancellation, decided by its story alone, so that one that continues as new goes on where it was. */
export function nextStep(input: CancelInput, story: CancelStory): NextStep {
  const { observation } = story;
  if (observation === undefined || !mayBeAsked(observation, input.deleteEnded === true)) return 'await-end';
  if (input.dryRun === true) return 'rehearse';
  if (story.waitsForSubtasks === true) return 'wait-for-subtasks';
  if (story.unconfirmedAnswer === true) return isRefused(input, story) ? 'confirm-refusal' : 'await-end';
  return 'ask';
}
