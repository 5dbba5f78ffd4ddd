import type { CancelStory, Verdict } from '../contract/cancellation.js';
import type { Observation } from '../contract/observation.js';

/**
 * The one place that turns a look into a verdict; `undefined` while it proves nothing.
 *
 * `story` is as it was before this look, so a refusal counts only when a look after it still shows the task active:
 * a refused cancel of a task that somebody else has just cancelled is no refusal.
 */
export function verdictOf(story: CancelStory, look: Observation, dryRun: boolean): Verdict | undefined {
  if (look.state === 'absent' && !story.seen) return 'not-found';
  // One look may go to a replica that lags, or to the wrong account for a moment: absence proves an end when it lasts.
  if (look.state === 'absent') return story.observation?.state === 'absent' ? 'deleted' : undefined;
  if (look.state === 'ended') return dryRun ? 'already-ended' : look.end;
  if (look.state === 'unknown') return undefined;
  if (dryRun) return 'would-cancel';
  return look.state === 'active' && story.answer?.kind === 'refused' ? 'refused' : undefined;
}
