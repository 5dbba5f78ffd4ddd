import type { CancelInput, CancelStory, Verdict } from '../contract/cancellation.js';
import { mayBeAsked, type CancelAnswer, type Observation } from '../contract/observation.js';

/**
 * The one place that turns a look into a verdict; `undefined` while it proves nothing.
 *
 * `story` is as it was before this look, so a refusal counts only when a look after it still shows a task that could be
 * asked: a refused cancel of a task that somebody else has just cancelled is no refusal.
 * @param absenceLasts whether this look was made to confirm, some time later, that the task is gone. One look may go to a
 * replica that lags, or to the wrong account for a moment.
 */
export function verdictOf(
  input: CancelInput,
  story: CancelStory,
  look: Observation,
  absenceLasts = false,
): Verdict | undefined {
  const { dryRun = false, deleteEnded = false } = input;
  // A cancel that leaves nothing may be on its way: what ends like that has to last.
  if (look.state === 'ended' && look.unsettled === true) return undefined;
  if (look.state === 'absent') return !story.seen ? 'not-found' : absenceLasts ? 'deleted' : undefined;
  const isClosed = look.state === 'inaccessible' && (!story.seen || isRefused(input, story));
  if (isClosed) return dryRun ? 'would-be-refused' : 'refused';
  const refused = mayBeAsked(look, deleteEnded) && isRefused(input, story);
  if (look.state === 'ended' && deleteEnded) return refused ? look.end : undefined;
  if (refused) return 'refused';
  if (look.state === 'ended') return dryRun ? 'already-ended' : look.end;
  return look.state === 'canceling' && dryRun ? 'would-cancel' : undefined;
}

/** The verdict of a dry run on a task that could be asked; a vendor without such a call gives no answer. */
export function rehearsedVerdict(
  input: CancelInput,
  look: Observation | undefined,
  answer: CancelAnswer | undefined,
): Verdict {
  const waits = answer?.kind === 'blocked' && !isRefusal(input, answer);
  if (answer !== undefined && answer.kind !== 'accepted' && !waits) return 'would-be-refused';
  return look?.state === 'active' ? 'would-cancel' : 'would-delete';
}

/** When waiting was given up: an end that was seen stands, also where the record was to be erased and was not. */
export function verdictWithoutEnd({ observation }: CancelStory): Verdict {
  const isEnd = observation?.state === 'ended' && observation.unsettled !== true;
  return isEnd ? observation.end : 'unproven';
}

/** Whether the vendor has refused to cancel. A refusal of the repeat of an ask that it had accepted is none. */
export function isRefused(input: CancelInput, { answer, wasAccepted = false }: CancelStory): boolean {
  return !wasAccepted && isRefusal(input, answer);
}

/** Whether the vendor's answer is a refusal that waiting does not mend. */
export function isRefusal({ onRunningSubtasks }: CancelInput, answer: CancelAnswer | undefined): boolean {
  return answer?.kind === 'refused' || (answer?.kind === 'blocked' && onRunningSubtasks === 'fail');
}
