// @ts-check
import { ask, AskError } from './ask.js';
import { h, show } from './elements.js';
import { cancellationTable } from './overview.js';
import { answered, nextWaitMs, pause } from './link.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').CancellationSummary} CancellationSummary */
/** @typedef {import('./ask.js').TargetStory} TargetStory */

const PAGE = 1_000;
/** Temporal finds whole task URIs; of a part of one, so many of the newest are looked through. */
const MOST_PAGES = 5;
const URI = /^[a-z0-9-]+:\/\/[^/\s]+\/\S+$/;
const CAMPAIGN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

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
  const search = new Search(text, signal);
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
        `Looked through the newest ${words.grouped(PAGE * MOST_PAGES)} alone; the whole URI of a task finds older ones.`,
      ),
  );
  await campaignsSection(inCampaigns, search);
}

/**
 * Of one URI at once; of an id, which may be of any connection, when somebody wants it: Workers ask every lane of a connection for it.
 * @param {HTMLElement} host
 * @param {Search} search
 */
async function campaignsSection(host, search) {
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
  const button = h(
    'button',
    { type: 'button', onclick: () => void look() },
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
      h('td', {}, words.stateBadge(state)),
      h('td', {}, lastState ?? '', ' ', seenAt === undefined ? '' : words.time(seenAt)),
      h('td', { class: 'number' }, words.grouped(asks)),
      h('td', {}, code !== undefined && h('code', {}, code), ' ', message ?? ''),
    ),
  );
  return [
    words.table(
      'In campaigns',
      ['Campaign', 'Task', 'State', 'Last seen', 'Asks|number', 'What was said'],
      rows,
    ),
  ];
}

class Search {
  /** Whether there were more cancellations than were looked through. */
  isCut = false;

  /** @param {string} text @param {AbortSignal} signal */
  constructor(text, signal) {
    this.text = text;
    this.signal = signal;
    this.isUri = URI.test(text);
  }

  /** @param {(id: string) => void} onFound */
  async campaign(onFound) {
    if (!CAMPAIGN_ID.test(this.text)) return;
    const isThere = await this.#get(`v1/campaigns/${this.text}`).then(
      () => true,
      (thrown) => passOver(thrown, ['campaign-failed', 'no-worker']),
    );
    if (isThere) onFound(this.text);
  }

  /** @param {(looked: number) => void} onLooked @returns {Promise<CancellationSummary[]>} */
  async cancellations(onLooked) {
    // What stands after a question mark helps to find a task, and is no part of its name.
    const [name = ''] = this.text.split('?');
    const filter = this.isUri ? `&task=${encodeURIComponent(name)}` : '';
    const wanted = this.text.toLowerCase();
    /** @type {CancellationSummary[]} */
    const found = [];
    let cursor = '';
    for (let page = 1; page <= MOST_PAGES; page++) {
      /** @type {import('./ask.js').CancellationPage} */
      const { items, nextCursor } = await this.#get(`v1/cancellations?limit=${PAGE}${filter}${cursor}`);
      found.push(
        ...items.filter(
          ({ task, workflowId }) => this.isUri || (task ?? workflowId).toLowerCase().includes(wanted),
        ),
      );
      if (nextCursor === undefined) return found;
      onLooked(page * PAGE);
      cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
    }
    this.isCut = true;
    return found;
  }

  /** The tasks that may be meant, of every connection; the service says which of these can be none. @returns {Promise<string[]>} */
  async uris() {
    if (this.isUri) return [this.text];
    /** @type {import('./ask.js').Connections} */
    const { items } = await this.#get('v1/connections');
    const path = this.text.split('/').map(encodeURIComponent).join('/');
    return items.map(({ provider, name }) => `${provider}://${encodeURIComponent(name)}/${path}`);
  }

  /** @param {string} uri @returns {Promise<{ items: readonly TargetStory[], note?: string }>} */
  async targets(uri) {
    try {
      /** @type {import('./ask.js').Found} */
      const { items, complete } = await this.#get(`v1/campaigns:find?task=${encodeURIComponent(uri)}`);
      return complete
        ? { items }
        : { items, note: `There may be more campaigns that had ${uri}: looking took too long.` };
    } catch (thrown) {
      // An id as of another provider, or of a connection that is not this caller's: no task there.
      passOver(thrown, ['invalid-task', 'forbidden', 'no-worker']);
      const isTold = thrown instanceof AskError && (this.isUri || thrown.slug === 'no-worker');
      return { items: [], ...(isTold && { note: thrown.message }) };
    }
  }

  /**
   * Tried until it is answered.
   * @template T
   * @param {string} path
   * @returns {Promise<T>}
   */
  async #get(path) {
    for (let waitMs = 1_000; ; await pause(waitMs, this.signal)) {
      this.signal.throwIfAborted();
      try {
        /** @type {T} */
        const told = await ask('GET', path, { signal: this.signal });
        answered();
        return told;
      } catch (thrown) {
        if (this.signal.aborted || (thrown instanceof AskError && thrown.slug === 'no-worker')) throw thrown;
        waitMs = nextWaitMs(thrown, waitMs);
      }
    }
  }
}

/**
 * Whether the error only says of a thing that it is there and cannot be told of.
 * @param {unknown} thrown
 * @param {readonly string[]} slugs
 * @throws what is none of these, nor of not being there
 */
function passOver(thrown, slugs) {
  if (!(thrown instanceof AskError)) throw thrown;
  const slug = thrown.slug ?? '';
  if (slugs.includes(slug)) return true;
  if (thrown.problem.status === 404) return false;
  throw thrown;
}
