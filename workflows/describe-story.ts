import type { CancelInput, CancelPhase, CancelStory, Verdict } from '../contract/cancellation.js';
import type { CancelAnswer } from '../contract/observation.js';
import { taskUri } from '../contract/task.js';
import { code, escape, list } from './markdown.js';
import { isoTime } from './story.js';

const PHASE_SENTENCES = {
  observing: 'Looking at the task for the first time; nothing has been asked of the vendor yet.',
  asking: 'Asking the vendor to cancel the task.',
  'waiting-for-subtasks':
    'The vendor will not cancel the task while subtasks of it run. They are waited for, then it is asked again. How many run and which is the last failure under Pending Activities: each attempt is one look.',
  proving:
    'The vendor was asked; looking until it says how the task ended. The latest look is the last failure under Pending Activities: each attempt is one look.',
  ended: 'Ended.',
} as const satisfies Record<CancelPhase, string>;

const VERDICT_SENTENCES = {
  canceled: 'The vendor says the task was canceled.',
  completed: 'The task finished before it could be canceled.',
  failed: 'The task itself failed.',
  deleted: 'The task was seen and is gone; the vendor keeps no record of how it ended.',
  'not-found': 'The vendor knows no such task, and Quiesce never saw it.',
  refused: 'The vendor will not cancel this task.',
  unproven: 'Waiting ended before the task did: **nothing is proven**. It may still run.',
  'would-cancel': 'Dry run: it could be canceled now.',
  'would-delete': 'Dry run: it has ended already, and its record would be erased.',
  'already-ended': 'Dry run: it has ended already.',
  'would-be-refused': 'Dry run: the vendor would refuse.',
} as const satisfies Record<Verdict, string>;

/** The cancellation's current details in the Temporal UI: Markdown a person reads without knowing Quiesce. */
export function describeStory(input: CancelInput, story: CancelStory): string {
  const { observation, answer, givenUp, verdict } = story;
  const facts = list([
    ['Task', code(taskUri(input.task))],
    ['Requested by', escape(input.requestedBy)],
    ['Reason', escape(input.reason)],
    ['Seen', observation && `${code(observation.rawState)} at ${observation.observedAt}`],
    ['The vendor answered', answer && describeAnswer(answer)],
    ['Asked at', story.askedAtMs === undefined ? undefined : isoTime(story.askedAtMs)],
    [
      'Attempts',
      story.attempts === 0
        ? undefined
        : `${story.attempts}, ClientToken ${code(story.clientTokens.at(-1) ?? '')}`,
    ],
    ['Waits until', verdict === undefined ? isoTime(story.deadlineAtMs) : undefined],
    [
      'Given up',
      givenUp && escape([givenUp.how, givenUp.by, givenUp.reason, givenUp.at].filter(Boolean).join(', ')),
    ],
  ]);
  const headline = verdict === undefined ? story.phase : verdict;
  const sentence = verdict === undefined ? PHASE_SENTENCES[story.phase] : VERDICT_SENTENCES[verdict];
  return [`### ${headline}`, sentence, '', facts].join('\n');
}

function describeAnswer(answer: CancelAnswer): string {
  if (answer.kind !== 'accepted') return `${answer.kind} (${code(answer.code)}: ${escape(answer.message)})`;
  return answer.rawState === undefined ? 'accepted' : `accepted, ${code(answer.rawState)}`;
}
