import { taskKey, type Evidence, type Invariant, type Target, type Told, type Truth } from './evidence.js';
import { tell, withTarget } from './pairs.js';
import { isRefused, MAY_BE_GONE_UNSEEN, STORIES, TRUTHS, type TaskStory } from './stories.js';

/** They claim nothing, and say what could not be read: it is not guessed at, and not asked again blindly. */
export const ENDS_OF_THE_UNREADABLE: readonly string[] = ['errored', 'Provider.unrecognized'];
/** What a cancellation that must not end so may never be told as. */
const OUTCOMES_OF_NEVER_ENDING = ['unproven', 'left-alone'];
/** The simulator's word for a task of which nothing is left. */
export const GONE = '(gone)';

/** No verdict claims an end that the cloud has not reached, nor one before it was reached. */
export const claimsNoEarlyEnd: Invariant = (evidence) =>
  withTarget(evidence, (told, target) => {
    const truth = evidence.truths.get(taskKey(target));
    const vendor = evidence.vendors.get(target.provider);
    if (truth === undefined || vendor === undefined) return [`${target.uri} is unknown to the simulator`];
    const story: TaskStory = STORIES[target.story];
    const isGone = vendor.cancelLeaves === 'nothing' && truth.word === GONE;
    if (isGone && isHonest(told, target)) return [];
    if (ENDS_OF_THE_UNREADABLE.includes(told.word) && isSpoiled(evidence, target)) return [];
    if (told.word === 'left-alone' && target.mayBeLeftAlone === true)
      return wasChanged(evidence, target) ? [`${tell(told, target)}, and was asked`] : [];
    if (OUTCOMES_OF_NEVER_ENDING.includes(told.word)) return story.neverEnds ? [] : [tell(told, target)];
    if (told.word === 'refused' && !isRefused(target.story))
      return [`${tell(told, target)}, and would have ended`];
    if (told.word === 'deleted' && !isGone) return [`${tell(told, target)}, and is there as ${truth.word}`];
    const truths = [...(TRUTHS[told.word] ?? [])];
    if (told.word === 'completed' && vendor.tellsNoFailure) truths.push('failed');
    if (!truths.includes(truth.state))
      return [`${tell(told, target)}, and is ${truth.state} (${truth.word})`];
    return isSeenInTime(told, truth) ? [] : [`${tell(told, target)} as of ${told.lastSeenAt}, before it was`];
  });

/** An answer that cannot be read costs one target at most. */
export const losesOneTargetAnAnswer: Invariant = (evidence) =>
  [...evidence.vendors.keys()].flatMap((provider) => {
    const spoiled = countSpoiled(evidence, provider);
    const ended = withTarget(evidence, (told, target) =>
      target.provider === provider && ENDS_OF_THE_UNREADABLE.includes(told.word) ? [told.uri] : [],
    );
    return ended.length > spoiled
      ? [`${ended.length} targets of ${provider} ended in an error, after ${spoiled} spoiled answers`]
      : [];
  });

/** Both by real time: of a vendor's clock that is wrong, or set right amid a scenario, neither depends. */
function isSeenInTime({ lastSeenAt = '' }: Told, { state, endedAtMs }: Truth): boolean {
  if (state === 'running' || state === 'waiting' || state === 'canceling') return true;
  // Of an end without a time, or one that nobody says when it was seen, nothing is shown.
  return endedAtMs !== undefined && Date.parse(lastSeenAt) >= endedAtMs;
}

function wasChanged({ calls }: Evidence, { provider: of, id }: Target): boolean {
  return calls.some(({ provider, effect, taskIds }) => provider === of && effect && taskIds.includes(id));
}

function countSpoiled({ calls }: Evidence, of: string): number {
  return calls.filter(({ provider, fault }) => provider === of && fault === 'malformed').length;
}

/** An answer of it could not be read, or one of a list, whose calls name no task. */
function isSpoiled({ calls }: Evidence, { provider: of, id }: Target): boolean {
  return calls.some(
    ({ provider, fault, taskIds }) =>
      provider === of && fault === 'malformed' && (taskIds.length === 0 || taskIds.includes(id)),
  );
}

/** Where a cancel leaves nothing to see, these claim no end, and are all that can be said. */
function isHonest(told: Told, { story }: Target): boolean {
  return told.word === 'not-found' ? MAY_BE_GONE_UNSEEN.includes(story) : isLostSightOf(told);
}

/** A Worker has died with the look and the ask that it had not told of yet. */
export function isLostSightOf({ word, note }: Told): boolean {
  return word === 'unproven' && note?.startsWith('NeverSeen: ') === true;
}
