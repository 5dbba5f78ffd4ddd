// @ts-check
import { h, show } from './elements.js';
import { cancellationTable } from './cancellation-list.js';
import { stateBadge, table, time } from './parts.js';
import { LOOKED_THROUGH, TaskSearch } from './task-search.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').TargetStory} TargetStory */

/**
 * What there is of a task, or a campaign, by as much of its name as is known.
 * @param {HTMLElement} main
 * @param {{ text: string, signal: AbortSignal }} view
 */
export async function searchView(main, { text, signal }) {
  const found = h('div', {}, h('p', { class: 'empty' }, 'Looking…'));
  const inCampaigns = h('div', {});
  main.replaceChildren(
    h('p', {}, h('a', { href: '#/' }, '← All campaigns and cancellations')),
    h('h1', {}, 'Found for ', h('span', { class: 'uri' }, text)),
    found,
    inCampaigns,
  );
  const search = new TaskSearch(text, signal);
  await search.campaign((id) =>
    inCampaigns.before(
      h(
        'p',
        { class: 'notice' },
        'There is a campaign of that id: ',
        h('a', { href: `#/campaigns/${encodeURIComponent(id)}` }, id),
      ),
    ),
  );
  const items = await search.cancellations((looked) =>
    show(found, h('p', { class: 'empty' }, `Looking… through ${words.grouped(looked)} so far.`)),
  );
  show(
    found,
    h('h2', {}, 'Cancellations'),
    items.length === 0
      ? h('p', { class: 'empty' }, 'No cancellation of such a task.')
      : cancellationTable(items),
    search.isCut &&
      h(
        'p',
        { class: 'quiet' },
        `Looked through the newest ${words.grouped(LOOKED_THROUGH)} alone; the whole URI of a task finds older ones.`,
      ),
  );
  await campaignsSection(inCampaigns, search, signal);
}

/**
 * Of one URI at once; of an id, which may be of any connection, when somebody wants it: Workers ask every lane of a connection for it.
 * @param {HTMLElement} host
 * @param {TaskSearch} search
 * @param {AbortSignal} signal
 */
async function campaignsSection(host, search, signal) {
  const uris = await search.uris();
  const look = async () => {
    /** @type {TargetStory[]} */
    const stories = [];
    /** @type {string[]} */
    const notes = [];
    for (const [place, uri] of uris.entries()) {
      show(
        host,
        h('h2', {}, 'In campaigns'),
        h('p', { class: 'empty' }, `Looking for ${uri} (${place + 1} of ${uris.length}) …`),
      );
      const { items, note } = await search.targets(uri);
      stories.push(...items);
      if (note !== undefined) notes.push(note);
    }
    show(
      host,
      h('h2', {}, 'In campaigns'),
      ...storiesOf(stories),
      ...notes.map((note) => h('p', { class: 'notice warning' }, note)),
    );
  };
  if (uris.length === 1) return look();
  const tellWhy = (/** @type {Error} */ { message }) =>
    signal.aborted || show(host, h('h2', {}, 'In campaigns'), h('p', { class: 'notice bad' }, message));
  const button = h(
    'button',
    { type: 'button', onclick: () => void look().catch(tellWhy) },
    `Look in the campaigns of ${words.count(uris.length, 'connection')}`,
  );
  show(
    host,
    h('h2', {}, 'In campaigns'),
    uris.length === 0 ? h('p', { class: 'empty' }, 'There is no connection to look in.') : button,
  );
}

/** @param {readonly TargetStory[]} stories */
function storiesOf(stories) {
  if (stories.length === 0) return [h('p', { class: 'empty' }, 'No campaign has had such a task.')];
  const rows = stories.map(({ campaign, task, state, lastState, seenAt, asks, code, message }) =>
    h(
      'tr',
      {},
      h('td', {}, h('a', { href: `#/campaigns/${encodeURIComponent(campaign)}` }, campaign)),
      h('td', { class: 'uri' }, task),
      h('td', {}, stateBadge(state)),
      h('td', {}, lastState ?? '', ' ', seenAt === undefined ? '' : time(seenAt)),
      h('td', { class: 'number' }, words.grouped(asks)),
      h('td', {}, code !== undefined && h('code', {}, code), ' ', message ?? ''),
    ),
  );
  return [
    table('In campaigns', ['Campaign', 'Task', 'State', 'Last seen', 'Asks|number', 'What was said'], rows),
  ];
}
