import type { SeedRequest, SeedState } from '../../simulator/control-requests.js';

/** What a task does, asked or not. */
export interface TaskStory {
  readonly seed: Omit<SeedRequest, 'provider' | 'count' | 'ids'>;
  /** Its cancellation ends only by its deadline. */
  readonly neverEnds?: true;
}

const DAY_MS = 24 * 60 * 60_000;
/** Long enough that most faults find some tasks on their way. */
const CANCELING_MS = 3_000;
/** When a task ends that nobody has to cancel for it. */
const ENDS_AFTER_MS = 12_000;

const delays = { waitingMs: DAY_MS, runningMs: DAY_MS, cancelingMs: CANCELING_MS };

export const STORIES = {
  cancels: { seed: { state: 'running', delays } },
  'cancels while it waits': { seed: { state: 'waiting', delays } },
  'finishes first': { seed: { state: 'running', delays, onCancel: 'finishFirst' } },
  'fails first': { seed: { state: 'running', delays, onCancel: 'failFirst' } },
  'finishes meanwhile': { seed: { state: 'running', delays: { ...delays, runningMs: ENDS_AFTER_MS } } },
  'is refused': { seed: { state: 'running', delays, onCancel: 'unsupported' } },
  'is canceling already': { seed: { state: 'canceling', delays: { ...delays, cancelingMs: 15_000 } } },
  'has finished': { seed: { state: 'completed', delays } },
  'is stuck': { seed: { state: 'running', delays, onCancel: 'stuckCanceling' }, neverEnds: true },
} as const satisfies Record<string, TaskStory>;

export type StoryName = keyof typeof STORIES;

const ENDS: readonly (SeedState | undefined)[] = ['completed', 'failed', 'canceled'];

/** It had ended before anybody could look at it. */
export function hadEnded(story: StoryName): boolean {
  const { seed }: TaskStory = STORIES[story];
  return ENDS.includes(seed.state);
}

/** Its vendor does not cancel it; every other would have ended. */
export function isRefused(story: StoryName): boolean {
  const { seed }: TaskStory = STORIES[story];
  return seed.onCancel === 'unsupported';
}

/** Where a cancel leaves nothing, it may be gone before the first look. */
export const MAY_BE_GONE_UNSEEN: readonly StoryName[] = ['is canceling already'];

/** What the simulator has to say of a task for each word that is told of it; nothing else may be told. */
export const TRUTHS: Readonly<Record<string, readonly SeedState[]>> = {
  canceled: ['canceled'],
  completed: ['completed'],
  failed: ['failed'],
  // A cancel that leaves nothing: what ended by itself in the moment before is gone, too.
  deleted: ['canceled', 'completed', 'failed'],
  refused: ['running', 'waiting'],
};
