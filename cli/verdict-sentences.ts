import type { CancelResult, Verdict } from '../contract/cancellation.js';
import type { Format } from './terminal.js';
import { plain } from './text.js';

interface VerdictSentence {
  readonly format: Format;
  readonly means: string;
  /** What the reader can do now, where something is left to do. */
  readonly next?: string;
}

/** What a verdict means to somebody who is woken by it. */
export const VERDICT_SENTENCES = {
  canceled: { format: 'green', means: 'Proven: the vendor reports the task canceled.' },
  completed: {
    format: 'green',
    means: 'Proven: the task finished its work; it ended before a cancel could stop it.',
  },
  failed: { format: 'yellow', means: 'Proven: the task has ended; it failed by itself.' },
  deleted: { format: 'green', means: 'Proven: the task was seen, and the vendor no longer knows it.' },
  'not-found': {
    format: 'red',
    means: 'The vendor knows no such task and never did while we looked.',
    next: 'Check the id, and that the connection is for the right account and region. A vendor may also have forgotten a task that ended long ago.',
  },
  refused: {
    format: 'red',
    means: 'The vendor will not cancel this task; it may still be running.',
    next: 'The vendor gives its reason below. Once that is mended, run the same command again.',
  },
  unproven: {
    format: 'red',
    means: 'Not proven: waiting ended before the task did. It may still be running.',
    next: 'Run the same command again to go on; asking again does no harm.',
  },
  'would-cancel': {
    format: 'cyan',
    means: 'Dry run: the task has not ended; a real run would see to its end.',
  },
  'would-delete': {
    format: 'cyan',
    means: 'Dry run: the task has already ended; a real run would erase its record.',
  },
  'already-ended': {
    format: 'cyan',
    means: 'Dry run: the task has already ended; there is nothing to cancel.',
  },
  'would-be-refused': { format: 'cyan', means: 'Dry run: the vendor would refuse to cancel this task.' },
} as const satisfies Record<Verdict, VerdictSentence>;

export function verdictSentence(verdict: Verdict): VerdictSentence {
  return VERDICT_SENTENCES[verdict];
}

/** What the reader can do now: a task that was not found may have been looked for by a wrong hint. */
export function adviceOn({ verdict, hints = {} }: CancelResult): string | undefined {
  const { next } = verdictSentence(verdict);
  const said = Object.entries(hints).map(([name, value]) => plain(`${name} ${value}`));
  if (verdict !== 'not-found' || said.length === 0) return next;
  return `${next} It was looked for by ${said.join(' and ')}: if that is wrong, mend it or leave it out.`;
}
