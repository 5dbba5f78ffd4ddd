// @ts-check
import { ask, AskError } from './ask.js';
import { answered, nextWaitMs, pause } from './link.js';

/** @typedef {import('./ask.js').CancellationSummary} CancellationSummary */
/** @typedef {import('./ask.js').TargetStory} TargetStory */

const PAGE = 1_000;
/** Temporal finds whole task URIs; of a part of one, so many of the newest are looked through. */
const MOST_PAGES = 5;
export const LOOKED_THROUGH = MOST_PAGES * PAGE;
const URI = /^[a-z0-9-]+:\/\/[^/\s]+\/\S+$/;
const CAMPAIGN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/** Looks for a task, of which the whole name is known or a part. */
export class TaskSearch {
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
