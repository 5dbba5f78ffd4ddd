import type {
  CampaignEnd,
  CampaignPhase,
  StateCounts,
  TargetOutcome,
  TargetState,
} from '../contract/campaign.js';
import type { CancellationStatus } from './types.js';

interface OutcomeWords {
  readonly means: string;
  /** Whether nothing is left to do about such a target. */
  readonly settled: boolean;
}

/** In the order in which they are told. */
export const OUTCOMES = {
  canceled: { settled: true, means: 'proven: the vendor reports the task canceled' },
  completed: {
    settled: true,
    means: 'proven: the task finished before a cancel could stop it',
  },
  failed: { settled: true, means: 'proven: the task has ended; it failed by itself' },
  deleted: {
    settled: true,
    means: 'proven: it was seen, and the vendor no longer knows it',
  },
  protected: { settled: true, means: 'never asked: it is protected' },
  'not-found': {
    settled: false,
    means: 'the vendor knows no such task: check the id and the connection',
  },
  refused: { settled: false, means: 'the vendor will not; it may still be running' },
  unproven: {
    settled: false,
    means: 'waiting ended before the task did; it may still be running',
  },
  errored: { settled: false, means: 'something unknown came between; the report says what' },
  'left-alone': {
    settled: false,
    means: 'never asked: the campaign was ended before its turn',
  },
} as const satisfies Record<TargetOutcome, OutcomeWords>;

export const OUTCOME_NAMES = Object.keys(OUTCOMES) as TargetOutcome[];

/** Where asking again may help. */
export const TO_RETRY: readonly TargetOutcome[] = ['unproven', 'refused', 'errored', 'left-alone'];

/** What is not an outcome yet, in the order in which a target comes by. */
export const ON_THE_WAY_WORDS = {
  canceling: 'canceling already',
  blocked: 'waiting for subtasks',
  answered: 'to be confirmed',
  asked: 'asked',
  open: 'asked, no answer yet',
  waiting: 'waiting',
} as const satisfies Record<Exclude<TargetState, TargetOutcome>, string>;

export const PHASE_WORDS = {
  gathering: 'taking in its targets',
  planning: 'looking at its targets',
  planned: 'planned, not started',
  running: 'running',
  paused: 'paused',
  'waiting-for-approval': 'waiting for approval of the next wave',
  stopping: 'stopping; what was asked is still proven',
  proving: 'waiting for proof of the ends',
  ended: 'ended',
} as const satisfies Record<CampaignPhase, string>;

/** Of a single cancellation. */
export const CANCELLATION_PHASE_WORDS = {
  'waiting-for-worker': 'waiting for a Worker',
  observing: 'looking at the task',
  asking: 'asking the vendor to cancel',
  'waiting-for-subtasks': 'waiting for running subtasks',
  proving: 'waiting for proof of the end',
  ended: 'ended',
} as const satisfies Record<CancellationStatus['phase'], string>;

interface EndWords {
  readonly means: string;
  /** Whether it ever came to asking. */
  readonly begun: boolean;
}

export const ENDS = {
  done: { begun: true, means: 'Every target has its verdict.' },
  aborted: { begun: true, means: 'It was aborted; what had been asked was waited for all the same.' },
  'stopped-by-errors': { begun: true, means: 'Too many targets failed: no more were asked.' },
  'out-of-time': { begun: true, means: 'Its deadline came first.' },
  expired: { begun: false, means: 'Nobody started it in time; nothing was asked.' },
  refused: { begun: false, means: 'It was never begun; nothing was asked.' },
} as const satisfies Record<CampaignEnd, EndWords>;

export function sumOf(counts: StateCounts, states: readonly TargetState[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

/** How many have ended, one way or another. */
export function endedOf(counts: StateCounts): number {
  return sumOf(counts, OUTCOME_NAMES);
}

/** How many ended in a way that somebody has to look at. */
export function unsettledOf(counts: StateCounts): number {
  return sumOf(
    counts,
    OUTCOME_NAMES.filter((name) => !OUTCOMES[name].settled),
  );
}

/** How many have been asked, or are canceling anyway, and have not ended. */
export function onTheWayOf(counts: StateCounts): number {
  return sumOf(counts, ['open', 'asked', 'answered', 'canceling', 'blocked']);
}

/** The counts that are not zero, the outcomes first. */
export function namedCounts(counts: StateCounts): { state: TargetState; words: string; count: number }[] {
  const named = [
    ...OUTCOME_NAMES.map((state) => ({ state, words: state as string })),
    ...Object.entries(ON_THE_WAY_WORDS).map(([state, words]) => ({ state: state as TargetState, words })),
  ];
  return named.flatMap(({ state, words }) => {
    const count = counts[state] ?? 0;
    return count === 0 ? [] : [{ state, words, count }];
  });
}
