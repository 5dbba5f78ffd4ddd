// @ts-check
import { h } from './elements.js';
import { bar, facts, stateBadge, table, time } from './parts.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').CampaignEvent} CampaignEvent */
/** @typedef {import('./report.js').Report} Report */

/** As many as a person looks through; the report has them all. */
const MOST_UNSETTLED = 50;

/** How many targets are where. @param {CampaignEvent} campaign */
export function stateTable({ states, targets }) {
  const rows = words
    .inOrder(states)
    .map(([state, amount]) =>
      h(
        'tr',
        { key: state },
        h('td', {}, stateBadge(state)),
        h('td', { class: 'number' }, words.grouped(amount)),
        h('td', { class: 'number wide' }, `${((100 * amount) / Math.max(1, targets)).toFixed(1)} %`),
        h('td', { class: 'quiet' }, words.meaningOf(state)),
      ),
    );
  return (
    rows.length > 0 &&
    table('How many targets are where', ['State', 'Targets|number', 'Share|number wide', 'Means'], rows)
  );
}

/** Everything else that comes in rows. @param {CampaignEvent} campaign @param {Report} report */
export function tablesOf(campaign, report) {
  const { connections, problems, plan, phase } = campaign;
  const unsettled = report.unsettled();
  return [
    plan !== undefined && phase === 'planned' && planSection(plan),
    connections.length > 0 && connectionSection(connections),
    problems.length > 0 && problemSection(problems),
    unsettled.length > 0 && unsettledSection(unsettled, report),
  ];
}

/** @param {NonNullable<CampaignEvent['plan']>} plan */
function planSection({ surveyedAt, estimates, drifted, ...counts }) {
  const rows = estimates.map(({ connection, asks, looks, durationMs }) =>
    h(
      'tr',
      { key: connection },
      h('td', {}, connection),
      number(asks),
      number(looks),
      h(
        'td',
        {},
        durationMs === undefined ? 'no quota holds it back' : `about ${words.duration(durationMs)}`,
      ),
    ),
  );
  return section('Plan', [
    h('p', { class: 'quiet' }, 'Looked at ', time(surveyedAt), '. Nothing has been asked.'),
    facts([
      ['Would be canceled', words.grouped(counts.wouldCancel)],
      ['Ended already', words.grouped(counts.hasEnded)],
      ['Canceling already', words.grouped(counts.isCanceling)],
      ['Protected', words.grouped(counts.protected)],
      ['Would be refused', words.grouped(counts.wouldBeRefused)],
      ['Not found', words.grouped(counts.notFound)],
      ['State not known', words.grouped(counts.unknown)],
      ['Changed since the plan', drifted !== undefined && words.grouped(drifted)],
    ]),
    table(
      'Estimates by connection',
      ['Connection', 'Cancel calls|number', 'Looks|number', 'At its quota'],
      rows,
    ),
  ]);
}

/** @param {CampaignEvent['connections']} connections */
function connectionSection(connections) {
  const rows = connections.map(({ connection, provider, targets, states, calls, held }) =>
    h(
      'tr',
      { key: connection },
      h(
        'td',
        {},
        connection,
        h('br'),
        h('span', { class: 'quiet' }, provider),
        held !== undefined &&
          h('p', { class: 'notice warning' }, `Held (${held.kind}): ${held.code}: ${held.message}`),
      ),
      h('td', { class: 'bars' }, bar(states)),
      number(words.sumOf(states, (state) => !words.isOnTheWay(state))),
      number(targets),
      number(calls.asks),
      number(calls.looks, 'wide'),
      number(calls.throttled, 'wide'),
    ),
  );
  const heads = [
    'Connection',
    'Progress',
    'Ended|number',
    'Targets|number',
    'Asks|number',
    'Looks|number wide',
    'Throttled|number wide',
  ];
  return section('Connections', [table('Connections', heads, rows)]);
}

/** @param {CampaignEvent['problems']} problems */
function problemSection(problems) {
  const rows = [...problems]
    .reverse()
    .map(({ subject, code, message, at }, place) =>
      h(
        'tr',
        { key: `${subject} ${at} ${place}` },
        h('td', { class: 'wide' }, time(at)),
        h('td', { class: 'uri' }, subject),
        h('td', {}, h('code', {}, code), ' ', message),
      ),
    );
  return section('Newest problems', [table('Newest problems', ['When|wide', 'Of', 'What'], rows)]);
}

/** @param {readonly import('./ask.js').TargetStory[]} targets @param {Report} report */
function unsettledSection(targets, report) {
  const rows = targets
    .slice(0, MOST_UNSETTLED)
    .map(({ task, state, lastState, seenAt, code, message }) =>
      h(
        'tr',
        { key: task },
        h('td', { class: 'uri' }, task),
        h('td', {}, stateBadge(state)),
        h('td', { class: 'wide' }, lastState ?? '', ' ', seenAt === undefined ? '' : time(seenAt)),
        h('td', {}, code !== undefined && h('code', {}, code), ' ', message ?? ''),
      ),
    );
  const more =
    targets.length > MOST_UNSETTLED
      ? `The first ${MOST_UNSETTLED} of ${words.count(targets.length, 'target')}, as`
      : 'As';
  return section('Targets that need a look', [
    h(
      'p',
      { class: 'quiet' },
      `${more} of ${words.clock(report.readAtMs)}. The report tells of all: quiesce campaign report.`,
    ),
    table('Targets that need a look', ['Task', 'Ended', 'Last seen|wide', 'What was said'], rows),
  ]);
}

/** @param {string} title @param {readonly import('./elements.js').Child[]} children */
function section(title, children) {
  return h('section', { key: title }, h('h2', {}, title), ...children);
}

/** @param {number} amount @param {string} [more] */
function number(amount, more = '') {
  return h('td', { class: `number ${more}` }, words.grouped(amount));
}
