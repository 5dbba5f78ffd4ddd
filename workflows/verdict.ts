import type { CancelInput, CancelStory, Verdict } from '../contract/cancellation.js';
import { mayBeAsked, type CancelAnswer, type Observation } from '../contract/observation.js';

/**
 * The one place that turns a look into a verdict; `undefined` while it proves nothing.
 *
 * `story` is as it was before this look, so a refusal counts only when a look after it still shows the task active:
 * a refused cancel of a task that somebody else has just cancelled is no refusal.
 */
export function verdictOf(input: CancelInput, story: CancelStory, look: Observation): Verdict | undefined {
  const { dryRun = false, deleteEnded = false } = input;
  if (look.state === 'absent' && !story.seen) return 'not-found';
  // One look may go to a replica that lags, or to the wrong account for a moment: absence proves an end when it lasts.
  if (look.state === 'absent') return story.observation?.state === 'absent' ? 'deleted' : undefined;
  if (mayBeAsked(look, deleteEnded) && isRefusal(input, story.answer)) return 'refused';
  if (look.state === 'ended' && dryRun) return 'already-ended';
  if (look.state === 'ended') return deleteEnded ? undefined : look.end;
  return look.state === 'canceling' && dryRun ? 'would-cancel' : undefined;
}

/** The verdict of a dry run on a task that could be asked to stop; a vendor without such a call gives no answer. */
export function rehearsedVerdict(answer: CancelAnswer | undefined): Verdict {
  return answer === undefined || answer.kind === 'accepted' ? 'would-cancel' : 'would-be-refused';
}

/** Whether the vendor's answer is a refusal that waiting does not mend. */
export function isRefusal({ onRunningSubtasks }: CancelInput, answer: CancelAnswer | undefined): boolean {
  return answer?.kind === 'refused' || (answer?.kind === 'blocked' && onRunningSubtasks === 'fail');
}
