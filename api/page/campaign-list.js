// @ts-check
import { ask, AskError } from './ask.js';
import { h, show } from './elements.js';
import { repeat } from './link.js';
import { age, bar, loading, more, section, table } from './parts.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').Campaign} Campaign */
/** @typedef {import('./ask.js').CampaignSummary} CampaignSummary */

const EVERY_MS = 4_000;
/** The list grows by doubling. Of each campaign that runs, every look asks how it is. */
const FIRST = 10;
const MOST = 40;

/**
 * Campaigns, the newest first, and how each is.
 * @param {AbortSignal} signal
 */
export function campaigns(signal) {
  const host = h('div', {}, loading());
  let limit = FIRST;
  /** As they were when they were asked last; nothing of one that cannot be told of. @type {Map<string, Campaign | undefined>} */
  const known = new Map();
  const look = async () => {
    /** @type {import('./ask.js').CampaignPage} */
    const { items, nextCursor } = await ask('GET', `v1/campaigns?limit=${limit}`, { signal });
    const render = () => show(host, ...listOf(items), moreIf(nextCursor !== undefined));
    render();
    // What has ended stays as it is.
    const open = items.filter(({ id }) => known.get(id)?.end === undefined);
    await Promise.all(open.map(async ({ id }) => known.set(id, await campaignOf(id, signal))));
    render();
  };
  const moreIf = (/** @type {boolean} */ isThereMore) =>
    more(isThereMore && limit < MOST, () => {
      limit *= 2;
      void look().catch(() => {}); // The next look of `repeat` says what is wrong.
    });
  const listOf = (/** @type {readonly CampaignSummary[]} */ items) => {
    const rows = items.map((item) => campaignRow(item, known.get(item.id), known.has(item.id)));
    const heads = [
      'Campaign',
      'State',
      'Progress',
      'Ended|number',
      'Targets|number',
      'Requested by|wide',
      'Started',
    ];
    const none = 'There is no campaign yet. One begins with quiesce campaign plan, or POST /v1/campaigns.';
    return [rows.length === 0 ? h('p', { class: 'empty' }, none) : table('Campaigns', heads, rows)];
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

/**
 * @param {CampaignSummary} summary
 * @param {Campaign | undefined} campaign
 * @param {boolean} isAsked whether it is known by now that it cannot be told of
 */
function campaignRow({ id, phase, workflowStatus, requestedBy, startedAt }, campaign, isAsked) {
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
      campaign === undefined
        ? h('span', { class: 'quiet' }, isAsked ? 'not known: nobody answers' : '…')
        : bar(states),
      h('span', { class: 'quiet wide' }, inShort(states)),
    ),
    h(
      'td',
      { class: 'number' },
      campaign && words.grouped(words.sumOf(states, (state) => !words.isOnTheWay(state))),
    ),
    h('td', { class: 'number' }, campaign && words.grouped(campaign.targets)),
    h('td', { class: 'wide' }, requestedBy),
    h('td', {}, age(startedAt)),
  );
}

/** @param {Readonly<Record<string, number>>} states */
function inShort(states) {
  return words
    .inOrder(states)
    .map(([state, amount]) => `${words.grouped(amount)} ${words.targetState(state)}`)
    .join(', ');
}
