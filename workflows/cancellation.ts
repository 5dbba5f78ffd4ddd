import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { CancelInput, CancelResult, CancelStory } from '../contract/cancellation.js';
import type { Observation } from '../contract/observation.js';
import type { Callbacks } from './callbacks.js';
import type { Patience } from './patience.js';
import { recordLook, type ContinuedInput } from './story.js';
import { observe } from './vendor-steps.js';
import { verdictOf } from './verdict.js';

/** One cancellation under way. */
export interface Cancellation {
  readonly input: CancelInput;
  readonly story: CancelStory;
  readonly patience: Patience;
  readonly callbacks: Callbacks;
}

/** Looks at the task once. */
export async function lookNow(cancellation: Cancellation): Promise<Observation> {
  const look = await step(cancellation, () => observe(subject(cancellation)));
  see(cancellation, look);
  return look;
}

/** The one place that takes in a look, and with it the verdict. */
export function see(
  { input, story }: Cancellation,
  look: Observation,
  { looks = 1, absenceLasts = false }: { looks?: number; absenceLasts?: boolean } = {},
): void {
  const verdict = verdictOf(input, story, look, absenceLasts);
  if (verdict !== undefined) story.verdict = verdict;
  recordLook(story, look, looks);
}

/** What every look and ask is told of the task. */
export function subject({ input, story }: Cancellation) {
  return {
    task: input.task,
    ...(input.deleteEnded === true && { eraseEnded: true }),
    ...(story.attempts > 0 && { underWay: true }),
  };
}

/** Runs one step to its end, whatever interrupts it; between two runs of it, a history that has grown long continues as new. */
export function step<T>(
  { input, story, patience, callbacks }: Cancellation,
  run: (number: number) => Promise<T>,
): Promise<T> {
  return patience.step(run, async () => {
    if (!workflowInfo().continueAsNewSuggested) return;
    await continueAsNew<(input: ContinuedInput) => Promise<CancelResult>>({
      ...input,
      resume: story,
      callbacks: callbacks.urls,
    });
  });
}
