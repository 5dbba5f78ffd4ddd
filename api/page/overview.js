// @ts-check
import { ask, AskError } from './ask.js';
import { h, show } from './elements.js';
import { repeat } from './link.js';
import { plotIn } from './plot.js';
import { SPANS, VerdictHistory } from './verdict-history.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').Campaign} Campaign */
/** @typedef {import('./ask.js').CampaignSummary} CampaignSummary */
/** @typedef {import('./ask.js').CancellationSummary} CancellationSummary */

const EVERY_MS = 4_000;
const PLOT_EVERY_MS = 20_000;
/** A list grows by doubling, as far as the service lets it. */
const FIRST_CAMPAIGNS = 10;
/** Of each that runs, every look asks how it is. */
const MOST_CAMPAIGNS = 40;
const FIRST_CANCELLATIONS = 25;
const MOST_CANCELLATIONS = 800;

const FILTERS = {
  all: { words: 'All', query: '' },
  running: { words: 'Under way', query: '&running=true' },
  unproven: { words: 'Ended unproven', query: '&verdict=unproven' },
  refused: { words: 'Ended refused', query: '&verdict=refused' },
  'not-found': { words: 'Ended not found', query: '&verdict=not-found' },
};

/**
 * Everything, the newest first.
 * @param {HTMLElement} main
 * @param {{ signal: AbortSignal }} view
 */
export async function overview(main, { signal }) {
  const parts = [campaigns(signal), verdicts(signal), cancellations(signal)];
  main.replaceChildren(
    h('h1', { class: 'hidden' }, 'Campaigns and cancellations'),
    ...parts.map((part) => part.section),
  );
  await Promise.all(parts.map(({ run }) => run()));
}

/** @param {AbortSignal} signal */
function campaigns(signal) {
  const host = h('div', {}, loading());
  let limit = FIRST_CAMPAIGNS;
  /** What has ended stays as it is. @type {Map<string, Campaign>} */
  const ended = new Map();
  const look = async () => {
    /** @type {import('./ask.js').CampaignPage} */
    const { items, nextCursor } = await ask('GET', `v1/campaigns?limit=${limit}`, { signal });
    const whole = await Promise.all(
      items.map(async ({ id }) => ended.get(id) ?? (await campaignOf(id, signal))),
    );
    for (const campaign of whole) if (campaign?.end !== undefined) ended.set(campaign.id, campaign);
    const rows = items.map((item, place) => campaignRow(item, whole[place]));
    const heads = [
      'Campaign',
      'State',
      'Progress',
      'Ended|number',
      'Targets|number',
      'Requested by|wide',
      'Started',
    ];
    show(
      host,
      rows.length === 0
        ? h(
            'p',
            { class: 'empty' },
            'There is no campaign yet. One begins with quiesce campaign plan, or POST /v1/campaigns.',
          )
        : words.table('Campaigns', heads, rows),
      more(nextCursor !== undefined && limit < MOST_CAMPAIGNS, () => {
        limit *= 2;
        void look().catch(() => {}); // The next look of `repeat` says what is wrong.
      }),
    );
  };
  return {
    section: section('campaigns', 'Campaigns', host),
    run: () => repeat(look, { everyMs: EVERY_MS, signal }),
  };
}

/**
 * One that cannot be told of, because no Worker answers or it ended without a result, is shown by what the list has.
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Campaign | undefined>}
 */
async function campaignOf(id, signal) {
  return ask('GET', `v1/campaigns/${encodeURIComponent(id)}`, { signal }).catch((thrown) => {
    if (thrown instanceof AskError && thrown.problem.status !== 0 && thrown.problem.status !== 401)
      return undefined;
    throw thrown;
  });
}

/** @param {CampaignSummary} summary @param {Campaign | undefined} campaign */
function campaignRow({ id, phase, workflowStatus, requestedBy, startedAt }, campaign) {
  const now = campaign?.phase ?? phase ?? workflowStatus.toLowerCase();
  const states = campaign?.states ?? {};
  const isCut = campaign === undefined && workflowStatus !== 'RUNNING' && workflowStatus !== 'COMPLETED';
  const shown = isCut ? workflowStatus.toLowerCase() : (campaign?.end ?? now);
  return h(
    'tr',
    { key: id },
    h(
      'td',
      {},
      h('a', { href: `#/campaigns/${encodeURIComponent(id)}` }, id),
      campaign && h('div', { class: 'quiet clip' }, campaign.reason),
    ),
    h('td', {}, h('span', { class: 'phase' }, words.campaignPhase(shown))),
    h(
      'td',
      { class: 'bars' },
      campaign === undefined ? h('span', { class: 'quiet' }, 'not known') : words.bar(states),
      h('span', { class: 'quiet wide' }, inShort(states)),
    ),
    h(
      'td',
      { class: 'number' },
      campaign && words.grouped(words.sumOf(states, (state) => !words.isOnTheWay(state))),
    ),
    h('td', { class: 'number' }, campaign && words.grouped(campaign.targets)),
    h('td', { class: 'wide' }, requestedBy),
    h('td', {}, words.age(startedAt)),
  );
}

/** @param {Readonly<Record<string, number>>} states */
function inShort(states) {
  return words
    .inOrder(states)
    .map(([state, amount]) => `${words.grouped(amount)} ${words.targetState(state)}`)
    .join(', ');
}

/** @param {AbortSignal} signal */
function verdicts(signal) {
  const host = h('div', { class: 'plot' }, loading());
  const legend = h('p', { class: 'legend' });
  const note = h('p', { class: 'quiet' });
  const history = new VerdictHistory(signal);
  const span = h(
    'select',
    { id: 'span' },
    ...Object.entries(SPANS).map(([name, each]) => h('option', { value: name }, each.words)),
  );
  span.value = 'day';
  const plot = plotIn(host, {
    stacked: true,
    noun: 'cancellation',
    signal,
    empty: () => `No cancellation ended in ${history.span.sentence}.`,
  });
  const look = async () => {
    await history.read(span.value);
    const { atMs, counts } = history.inSteps();
    plot({ atMs, counts });
    show(
      legend,
      ...history
        .totals()
        .flatMap(([verdict, amount]) => [
          words.stateBadge(verdict, `${verdict} ${words.grouped(amount)}`),
          ' ',
        ]),
    );
    show(
      note,
      history.isCut ? `Of the newest ${words.grouped(history.size)} alone. ` : '',
      'Single cancellations; the targets of a campaign are on its own page. Times are UTC.',
    );
  };
  span.addEventListener('change', () => void look().catch(() => {})); // The next look of `repeat` says what is wrong.
  const label = h('label', { for: 'span' }, 'Ended in ', span);
  return {
    section: section('verdicts', 'Verdicts over time', label, host, legend, note),
    run: () => repeat(look, { everyMs: PLOT_EVERY_MS, signal }),
  };
}

/** @param {AbortSignal} signal */
function cancellations(signal) {
  const host = h('div', {}, loading());
  let limit = FIRST_CANCELLATIONS;
  const filter = h(
    'select',
    { id: 'filter' },
    ...Object.entries(FILTERS).map(([name, each]) => h('option', { value: name }, each.words)),
  );
  const look = async () => {
    const chosen = filter.value;
    const query = FILTERS[/** @type {keyof typeof FILTERS} */ (chosen)].query;
    /** @type {import('./ask.js').CancellationPage} */
    const { items, nextCursor } = await ask('GET', `v1/cancellations?limit=${limit}${query}`, { signal });
    if (filter.value !== chosen) return;
    const empty =
      chosen === 'all'
        ? 'There is no cancellation yet. One begins with quiesce cancel, or POST /v1/cancellations.'
        : 'There is none of these.';
    show(
      host,
      items.length === 0 ? h('p', { class: 'empty' }, empty) : cancellationTable(items),
      more(nextCursor !== undefined && limit < MOST_CANCELLATIONS, () => {
        limit *= 2;
        void look().catch(() => {}); // The next look of `repeat` says what is wrong.
      }),
    );
  };
  filter.addEventListener('change', () => void look().catch(() => {})); // The same.
  const label = h('label', { for: 'filter' }, 'Show ', filter);
  return {
    section: section('cancellations', 'Cancellations', label, host),
    run: () => repeat(look, { everyMs: EVERY_MS, signal }),
  };
}

/** @param {readonly CancellationSummary[]} items */
export function cancellationTable(items) {
  return words.table(
    'Cancellations',
    ['Task', 'State', 'Requested by|wide', 'Started|wide', 'Ended'],
    items.map(cancellationRow),
  );
}

/** @param {CancellationSummary} item */
function cancellationRow({
  id,
  runId,
  workflowId,
  task,
  verdict,
  phase,
  workflowStatus,
  requestedBy,
  campaign,
  startedAt,
  closedAt,
}) {
  const now =
    closedAt === undefined
      ? words.cancellationPhase(phase ?? 'waiting-for-worker')
      : words.endWithout(workflowStatus);
  // One that goes on may do so in another run.
  const href = `#/cancellations/${id}${closedAt === undefined ? '' : `/${runId}`}`;
  return h(
    'tr',
    { key: runId },
    h(
      'td',
      { class: 'uri' },
      h('a', { href }, task ?? workflowId),
      campaign && h('div', { class: 'quiet' }, `campaign ${campaign}`),
    ),
    h('td', {}, verdict !== undefined ? words.stateBadge(verdict) : h('span', { class: 'phase' }, now)),
    h('td', { class: 'wide' }, requestedBy),
    h('td', { class: 'wide' }, words.age(startedAt)),
    h('td', {}, words.age(closedAt)),
  );
}

function loading() {
  return h('p', { class: 'empty' }, 'Loading…');
}

/** @param {boolean} isThereMore @param {() => void} onclick */
function more(isThereMore, onclick) {
  return isThereMore && h('button', { key: 'more', type: 'button', onclick }, 'Show more');
}

/** @param {string} id @param {string} title @param {...import('./elements.js').Child} children */
function section(id, title, ...children) {
  return h('section', { 'aria-labelledby': id }, h('h2', { id }, title), ...children);
}
