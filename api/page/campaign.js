// @ts-check
import { h, show } from './elements.js';
import { events } from './event-stream.js';
import { stateTable, tablesOf } from './campaign-tables.js';
import { tell } from './link.js';
import { bar, facts, temporalLink, time } from './parts.js';
import { plotIn } from './plot.js';
import { LARGEST_READ, Report } from './report.js';
import { steeringButtons } from './steering.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').CampaignEvent} CampaignEvent */
/** @typedef {import('./ask.js').Caller} Caller */

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
  // What is told of one that has failed is the answer to whoever comes back, too, and is shown then.
  for await (const { event, data } of events(`v1/campaigns/${encodeURIComponent(id)}/events`, signal))
    if (event !== 'failed') update(JSON.parse(data));
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
        temporalLink(caller, `campaign/${id}`),
      ),
    ),
    h('p', { key: 'reason', class: 'reason' }, campaign.reason),
    ...noticesOf(campaign),
    bar(states),
    h(
      'p',
      { key: 'sum', class: 'sum' },
      h('strong', {}, `${words.grouped(ended)} of ${words.count(targets, 'target')} ended`),
      unsettled > 0 && `, ${words.grouped(unsettled)} of them need a look`,
      ...paceOf(campaign),
    ),
    stateTable(campaign),
    facts([
      ['Requested by', campaign.requestedBy],
      ['Created', time(campaign.createdAt)],
      ['Started', time(campaign.startedAt)],
      ['Ended', time(campaign.endedAt)],
      ['Deadline', end === undefined && time(campaign.deadlineAt)],
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
