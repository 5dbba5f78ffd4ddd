// @ts-check
import { uiUrlOf } from '../../client/ui-url.js';
import { h } from './elements.js';
import { ago, inOrder, targetState } from './words.js';

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

/** Before the first answer has come. */
export function loading() {
  return h('p', { class: 'empty' }, 'Loading…');
}

/** For the next part of a list, where there is one. @param {boolean} isThereMore @param {() => void} onclick */
export function more(isThereMore, onclick) {
  return isThereMore && h('button', { key: 'more', type: 'button', onclick }, 'Show more');
}

/** A part of a page, which has a name. @param {string} id @param {string} title @param {...import('./elements.js').Child} children */
export function section(id, title, ...children) {
  return h('section', { 'aria-labelledby': id }, h('h2', { id }, title), ...children);
}
