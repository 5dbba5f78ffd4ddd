// @ts-check
import { ENDS, ON_THE_WAY_WORDS, OUTCOMES, PHASE_WORDS } from '../../client/outcomes.js';
import { uiUrlOf } from '../../client/ui-url.js';
import { formatDuration } from '../../contract/duration.js';
import { nowMs } from './ask.js';
import { h } from './elements.js';

/** What a cancellation may be at; as the command line says it. */
const CANCELLATION_PHASES =
  /** @satisfies {Record<import('../../client/types.js').CancellationStatus['phase'], string>} */ ({
    'waiting-for-worker': 'waiting for a Worker',
    observing: 'looking at the task',
    asking: 'asking the vendor to cancel',
    'waiting-for-subtasks': 'waiting for running subtasks',
    proving: 'waiting for proof of the end',
    ended: 'ended',
  });

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
export const cancellationPhase = (phase) => wordOf(CANCELLATION_PHASES, phase);

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

/** `12,345`. @param {number} amount */
export const grouped = (amount) => amount.toLocaleString('en');

/** `1 target`, `2 targets`. @param {number} amount @param {string} noun */
export const count = (amount, noun) => `${grouped(amount)} ${noun}${amount === 1 ? '' : 's'}`;

/** `04:05:06Z`. @param {number} ms */
export const clock = (ms) => `${new Date(ms).toISOString().slice(11, 19)}Z`;

/** `3m 20s`, without what is below a second. @param {number} ms */
export const duration = (ms) => (ms < 1_000 ? '0s' : formatDuration(Math.floor(ms / 1_000) * 1_000));

/** How long ago: the larger unit alone. @param {string} iso */
export function ago(iso) {
  const [largest = '0s'] = duration(nowMs() - Date.parse(iso)).split(' ');
  return `${largest} ago`;
}

/** A time as logs have it, in UTC. @param {string | undefined} iso */
export function time(iso) {
  if (iso === undefined) return '';
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
  return h('time', { datetime: iso, title: ago(iso) }, text);
}

/** A time for a list: how long ago, and when exactly for who points at it. @param {string | undefined} iso */
export function age(iso) {
  if (iso === undefined) return '';
  return h('time', { datetime: iso, title: `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z` }, ago(iso));
}

/** A state with its colour; the colour alone says nothing. @param {string} state @param {string} [words] */
export function stateBadge(state, words = targetState(state)) {
  return h('span', { class: 'state', 'data-state': state }, words);
}

/**
 * A link to the Temporal UI, when it is known where that is.
 * @param {import('./ask.js').Caller} caller
 * @param {string} id a Workflow's
 * @param {string} [runId] the latest, when it is left out
 */
export function temporalLink({ temporalUi }, id, runId) {
  if (temporalUi === undefined || !/^https?:/.test(temporalUi.url)) return false;
  const href = uiUrlOf(temporalUi.url, temporalUi.namespace, { id, ...(runId !== undefined && { runId }) });
  return h(
    'a',
    { class: 'button', href, target: '_blank', rel: 'noopener noreferrer' },
    'Temporal UI',
    h('span', { class: 'hidden' }, ' (opens a new tab)'),
  );
}

/** @param {readonly (readonly [name: string, value: import('./elements.js').Child | readonly import('./elements.js').Child[]])[]} rows what has no value is left out */
export function facts(rows) {
  return h(
    'dl',
    { class: 'facts' },
    ...rows
      .filter(([, value]) => value !== undefined && value !== '' && value !== false && value !== null)
      .map(([name, value]) => h('div', { key: name }, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** A bar of how many are where. It repeats what stands beside it in words. @param {Readonly<Record<string, number>>} counts */
export function bar(counts) {
  return h(
    'div',
    { class: 'bar', 'aria-hidden': 'true' },
    ...inOrder(counts).map(([state, amount]) =>
      h('span', { key: state, 'data-state': state, style: { flexGrow: String(amount) } }),
    ),
  );
}

/**
 * @param {string} label
 * @param {readonly string[]} heads the text of each, and after a `|` its class
 * @param {readonly HTMLTableRowElement[]} rows
 */
export function table(label, heads, rows) {
  const cells = heads.map((head) => {
    const [text, className = false] = head.split('|');
    return h('th', { scope: 'col', class: className }, text);
  });
  return h(
    'div',
    { class: 'scroll', role: 'group', 'aria-label': label, tabindex: 0 },
    h('table', {}, h('thead', {}, h('tr', {}, ...cells)), h('tbody', {}, ...rows)),
  );
}
