// @ts-check
import { h, show } from './elements.js';
import { events } from './event-stream.js';
import { tell } from './link.js';
import { plotIn } from './plot.js';
import { LARGEST_READ, Report } from './report.js';
import { steeringButtons } from './steering.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').CampaignEvent} CampaignEvent */
/** @typedef {import('./ask.js').Caller} Caller */

/** As many as a person looks through; the report has them all. */
const MOST_UNSETTLED = 50;

/**
 * One campaign, as it goes on.
 * @param {HTMLElement} main
 * @param {{ id: string, caller: Caller, signal: AbortSignal }} view
 */
export async function campaignView(main, { id, caller, signal }) {
  const top = h('div', {}, h('p', { class: 'empty' }, 'Loading…'));
  const plotHost = h('div', { class: 'plot' });
  const plotNote = h('p', { class: 'quiet' });
  const rest = h('div', {});
  const ends = h(
    'section',
    { hidden: true, 'aria-labelledby': 'ends' },
    h('h2', { id: 'ends' }, 'Ends over time'),
    plotHost,
    plotNote,
  );
  main.replaceChildren(
    h('p', {}, h('a', { href: '#/' }, '← All campaigns and cancellations')),
    top,
    ends,
    rest,
  );

  const report = new Report(id, signal);
  const plot = plotIn(plotHost, {
    stacked: false,
    noun: 'target',
    signal,
    empty: () => 'No target has ended yet.',
  });
  /** @type {CampaignEvent | undefined} */
  let seen;
  const render = () => {
    if (seen === undefined) return;
    show(
      top,
      ...headOf(seen, { caller, onDone: (after) => update({ ...after, asksPerSecond: null, etaMs: null }) }),
    );
    show(rest, ...tablesOf(seen, report));
    ends.hidden = seen.startedAt === undefined;
    plot(report.ends(seen));
    show(plotNote, ...noteOf(seen, report, () => void report.read().then(render)));
  };
  const update = (/** @type {CampaignEvent} */ next) => {
    if (seen !== undefined && seen.phase !== next.phase) tell(`${id} is ${words.campaignPhase(next.phase)}.`);
    const isFirst = seen === undefined;
    const hasEnded = next.end !== undefined && seen?.end === undefined;
    seen = next;
    report.add(next);
    render();
    // While it runs, what is told live goes on from what was read; at the end, every target is known.
    if ((isFirst || hasEnded) && next.startedAt !== undefined && next.targets <= LARGEST_READ)
      void report.read().then(render);
  };
  for await (const { data } of events(`v1/campaigns/${encodeURIComponent(id)}/events`, signal))
    update(JSON.parse(data));
}

/**
 * @param {CampaignEvent} campaign
 * @param {{ caller: Caller, onDone: (after: import('./ask.js').Campaign) => void }} more
 */
function headOf(campaign, { caller, onDone }) {
  const { id, phase, end, states, targets } = campaign;
  const ended = words.sumOf(states, (state) => !words.isOnTheWay(state));
  const unsettled = words.sumOf(states, (state) => !words.isOnTheWay(state) && !words.isSettled(state));
  return [
    h(
      'div',
      { class: 'title', key: 'title' },
      h('h1', {}, 'Campaign ', id),
      h('span', { class: 'phase' }, end ?? words.campaignPhase(phase)),
      h(
        'div',
        { class: 'buttons' },
        ...steeringButtons(campaign, caller, onDone),
        words.temporalLink(caller, `campaign/${id}`),
      ),
    ),
    h('p', { key: 'reason', class: 'reason' }, campaign.reason),
    ...noticesOf(campaign),
    words.bar(states),
    h(
      'p',
      { key: 'sum', class: 'sum' },
      h('strong', {}, `${words.grouped(ended)} of ${words.count(targets, 'target')} ended`),
      unsettled > 0 && `, ${words.grouped(unsettled)} of them need a look`,
      ...paceOf(campaign),
    ),
    stateTable(campaign),
    words.facts([
      ['Requested by', campaign.requestedBy],
      ['Created', words.time(campaign.createdAt)],
      ['Started', words.time(campaign.startedAt)],
      ['Ended', words.time(campaign.endedAt)],
      ['Deadline', end === undefined && words.time(campaign.deadlineAt)],
      [
        'Wave',
        campaign.wave &&
          `${campaign.wave.number} of ${campaign.wave.of}, up to ${words.count(campaign.wave.upTo, 'target')}`,
      ],
      [
        'Limit',
        campaign.callsPerSecond !== undefined &&
          `${words.count(campaign.callsPerSecond, 'cancel call')} a second`,
      ],
      ['Lanes', `${words.grouped(campaign.lanes.running)} of ${words.grouped(campaign.lanes.all)} running`],
    ]),
  ];
}

/** Why it does not go on, or how it ended. @param {CampaignEvent} campaign */
function noticesOf({ end, note, noWorker, stalled }) {
  return [
    end !== undefined && h('p', { key: 'end', class: 'notice' }, words.endOf(end), ' ', note ?? ''),
    end === undefined && note !== undefined && h('p', { key: 'note', class: 'notice' }, note),
    noWorker === true &&
      h(
        'p',
        { key: 'worker', class: 'notice warning' },
        'No Worker answers: this is how it was when one did last. It goes on once one runs (quiesce worker).',
      ),
    ...stalled.map(({ code, message }) =>
      h(
        'p',
        { key: `stalled ${code}`, class: 'notice warning' },
        `Held up: ${code}: ${message} It is tried again.`,
      ),
    ),
  ];
}

/** @param {CampaignEvent} campaign */
function paceOf({ end, asksPerSecond, etaMs }) {
  if (end !== undefined) return [];
  return [
    asksPerSecond !== null && asksPerSecond > 0 && ` · ${asksPerSecond.toFixed(1)} cancel calls a second`,
    etaMs !== null && ` · about ${words.duration(etaMs)} left`,
  ];
}

/** @param {CampaignEvent} campaign */
function stateTable({ states, targets }) {
  const rows = words
    .inOrder(states)
    .map(([state, amount]) =>
      h(
        'tr',
        { key: state },
        h('td', {}, words.stateBadge(state)),
        h('td', { class: 'number' }, words.grouped(amount)),
        h('td', { class: 'number wide' }, `${((100 * amount) / Math.max(1, targets)).toFixed(1)} %`),
        h('td', { class: 'quiet' }, words.meaningOf(state)),
      ),
    );
  return (
    rows.length > 0 &&
    words.table('How many targets are where', ['State', 'Targets|number', 'Share|number wide', 'Means'], rows)
  );
}

/** @param {CampaignEvent} campaign @param {Report} report */
function tablesOf(campaign, report) {
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
    h('p', { class: 'quiet' }, 'Looked at ', words.time(surveyedAt), '. Nothing has been asked.'),
    words.facts([
      ['Would be canceled', words.grouped(counts.wouldCancel)],
      ['Ended already', words.grouped(counts.hasEnded)],
      ['Canceling already', words.grouped(counts.isCanceling)],
      ['Protected', words.grouped(counts.protected)],
      ['Would be refused', words.grouped(counts.wouldBeRefused)],
      ['Not found', words.grouped(counts.notFound)],
      ['State not known', words.grouped(counts.unknown)],
      ['Changed since the plan', drifted !== undefined && words.grouped(drifted)],
    ]),
    words.table(
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
      h('td', { class: 'bars' }, words.bar(states)),
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
  return section('Connections', [words.table('Connections', heads, rows)]);
}

/** @param {CampaignEvent['problems']} problems */
function problemSection(problems) {
  const rows = [...problems]
    .reverse()
    .map(({ subject, code, message, at }, place) =>
      h(
        'tr',
        { key: `${subject} ${at} ${place}` },
        h('td', { class: 'wide' }, words.time(at)),
        h('td', { class: 'uri' }, subject),
        h('td', {}, h('code', {}, code), ' ', message),
      ),
    );
  return section('Newest problems', [words.table('Newest problems', ['When|wide', 'Of', 'What'], rows)]);
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
        h('td', {}, words.stateBadge(state)),
        h('td', { class: 'wide' }, lastState ?? '', ' ', seenAt === undefined ? '' : words.time(seenAt)),
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
    words.table('Targets that need a look', ['Task', 'Ended', 'Last seen|wide', 'What was said'], rows),
  ]);
}

/** @param {CampaignEvent} campaign @param {Report} report @param {() => void} read */
function noteOf({ targets, end }, report, read) {
  if (report.trouble !== undefined) return [`What came before cannot be told: ${report.trouble}`];
  if (report.isReading)
    return [`Reading the report: ${words.grouped(report.rowsRead)} of ${words.count(targets, 'target')} …`];
  if (report.readAtMs === 0 && targets > LARGEST_READ)
    return [
      end === undefined ? 'Told since this page was opened. ' : '',
      h(
        'button',
        { key: 'read', type: 'button', onclick: read },
        `Read the report of all ${words.count(targets, 'target')}`,
      ),
    ];
  return [
    'A target counts from when its end was last looked at; one that was never looked at, from when it was told. Times are UTC.',
  ];
}

/** @param {string} title @param {readonly import('./elements.js').Child[]} children */
function section(title, children) {
  return h('section', { key: title }, h('h2', {}, title), ...children);
}

/** @param {number} amount @param {string} [more] */
function number(amount, more = '') {
  return h('td', { class: `number ${more}` }, words.grouped(amount));
}
