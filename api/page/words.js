// @ts-check
import {
  CANCELLATION_PHASE_WORDS,
  ENDS,
  ON_THE_WAY_WORDS,
  OUTCOMES,
  PHASE_WORDS,
} from '../../client/outcomes.js';
import { formatDuration } from '../../contract/duration.js';
import { nowMs } from './ask.js';

export { count, grouped } from '../../client/count.js';

/** What a dry run found. */
const DRY_RUNS =
  /** @satisfies {Partial<Record<import('../../contract/cancellation.js').Verdict, string>>} */ ({
    'would-cancel': 'dry run: it has not ended; a real run would see to its end',
    'would-delete': 'dry run: it has ended; a real run would erase its record',
    'already-ended': 'dry run: it has ended; there is nothing to cancel',
    'would-be-refused': 'dry run: the vendor would refuse',
  });

/** @satisfies {Record<keyof typeof ON_THE_WAY_WORDS, string>} */
const ON_THE_WAY_MEANS = {
  canceling: 'on its way, and not by an ask of this campaign',
  blocked: 'in a cancellation of its own',
  answered: 'the vendor said something that only a look can confirm',
  asked: 'the vendor has accepted it; its end is not proven yet',
  open: 'a cancel call was made, or may have been',
  waiting: 'not asked yet',
};

/** Every verdict of a single cancellation, in the order in which they are told; those of campaigns alone stand after them. */
export const VERDICTS = [...Object.keys(OUTCOMES), ...Object.keys(DRY_RUNS)];

/**
 * In the words of a table; what a newer service says that this page does not know is said as it is.
 * @param {Readonly<Record<string, string>>} words
 * @param {string | undefined} name
 */
const wordOf = (words, name = '') => (Object.hasOwn(words, name) ? words[name] : undefined) ?? name;

/** @param {string | undefined} phase */
export const campaignPhase = (phase) => wordOf(PHASE_WORDS, phase);

/** @param {string | undefined} phase */
export const cancellationPhase = (phase) => wordOf(CANCELLATION_PHASE_WORDS, phase);

/** Of a cancellation that has ended, and has no verdict. @param {string} status Temporal's own word */
export const endWithout = (status) =>
  status === 'CONTINUED_AS_NEW' ? 'went on in another run' : `no verdict (${status.toLowerCase()})`;

/** @param {string} state a target's */
export const targetState = (state) => wordOf(ON_THE_WAY_WORDS, state);

/** What a state or a verdict means; nothing where that is not known here. @param {string} state */
export function meaningOf(state) {
  const outcomes = /** @type {Readonly<Record<string, { means: string }>>} */ (OUTCOMES);
  if (Object.hasOwn(outcomes, state)) return outcomes[state]?.means ?? '';
  const means = wordOf({ ...DRY_RUNS, ...ON_THE_WAY_MEANS }, state);
  return means === state ? '' : means;
}

/** @param {string | undefined} end */
export function endOf(end = '') {
  const ends = /** @type {Readonly<Record<string, { means: string }>>} */ (ENDS);
  return Object.hasOwn(ends, end) ? ends[end]?.means : end;
}

/** Whether nothing is left to do about a target that ended so. @param {string} outcome */
export function isSettled(outcome) {
  const outcomes = /** @type {Readonly<Record<string, { settled: boolean }>>} */ (OUTCOMES);
  return Object.hasOwn(outcomes, outcome) && outcomes[outcome]?.settled === true;
}

/** Whether it is on the way; anything else has ended. @param {string} state */
export const isOnTheWay = (state) => Object.hasOwn(ON_THE_WAY_WORDS, state);

/** States in the order in which they are told: outcomes first, then from the end of the way to its beginning. */
const ORDER = [...VERDICTS, ...Object.keys(ON_THE_WAY_WORDS)];

/**
 * The counts that are not zero, in order.
 * @param {Readonly<Record<string, number>>} counts
 * @returns {[state: string, count: number][]}
 */
export function inOrder(counts) {
  const place = (/** @type {string} */ state) =>
    (ORDER.indexOf(state) + ORDER.length + 1) % (ORDER.length + 1);
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([one], [other]) => place(one) - place(other));
}

/**
 * @param {Readonly<Record<string, number>>} counts
 * @param {(state: string) => boolean} isMeant
 */
export function sumOf(counts, isMeant) {
  return Object.entries(counts).reduce((sum, [state, count]) => sum + (isMeant(state) ? count : 0), 0);
}

/** `04:05:06Z`. @param {number} ms */
export const clock = (ms) => `${new Date(ms).toISOString().slice(11, 19)}Z`;

/** `3m 20s`, without what is below a second. @param {number} ms */
export const duration = (ms) => (ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000));

/** How long ago: the larger unit alone. @param {string} iso */
export function ago(iso) {
  const [largest = '0s'] = duration(nowMs() - Date.parse(iso)).split(' ');
  return `${largest} ago`;
}
