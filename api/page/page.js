// @ts-check
import { ask, AskError } from './ask.js';
import { campaignView } from './campaign.js';
import { cancellationView } from './cancellation.js';
import { h, show, the } from './elements.js';
import { answered, nextWaitMs, pause, startAfresh, tell } from './link.js';
import { overview } from './overview.js';
import { searchView } from './search.js';
import { credential, forgetCredential } from './session.js';
import { showSignIn } from './sign-in.js';

/** @typedef {import('./ask.js').Caller} Caller */

/**
 * What is shown where; the address is the part after `#`, which no server sees.
 * @type {readonly { at: RegExp, title: (parts: readonly string[]) => string, view: (main: HTMLElement, parts: readonly string[], given: { caller: Caller, signal: AbortSignal }) => Promise<void> }[]}
 */
const VIEWS = [
  { at: /^\/?$/, title: () => 'Quiesce', view: (main, _, given) => overview(main, given) },
  {
    at: /^\/campaigns\/([^/]+)$/,
    title: ([id]) => `${id} · Quiesce`,
    view: (main, [id = ''], given) => campaignView(main, { ...given, id }),
  },
  {
    at: /^\/cancellations\/([\w-]+)(?:\/([\w-]+))?$/,
    title: () => 'Cancellation · Quiesce',
    view: (main, [id = '', runId], given) => cancellationView(main, { ...given, id, runId }),
  },
  {
    at: /^\/search\/(.+)$/,
    title: ([text]) => `${text} · Quiesce`,
    view: (main, [text = ''], given) => searchView(main, { ...given, text }),
  },
];

const main = the('main');
const search = /** @type {HTMLFormElement} */ (the('search'));
const searchText = /** @type {HTMLInputElement} */ (the('search-text'));
let leaving = new AbortController();
let hasOpened = false;

addEventListener('hashchange', () => void open());
search.addEventListener('submit', (event) => {
  event.preventDefault();
  location.hash = `#/search/${encodeURIComponent(searchText.value.trim())}`;
});
void open();

/** Shows what the address says, from the beginning. */
async function open() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  startAfresh();
  show(main, h('p', { class: 'empty' }, 'Loading…'));
  try {
    const caller = await whoIsCalling(signal);
    if (caller === undefined) return;
    showCaller(caller);
    await view(caller, signal);
  } catch (thrown) {
    if (signal.aborted) return;
    leaving.abort(); // What else the view does, such as following something, ends with it.
    showError(thrown);
  }
}

/** @param {Caller} caller @param {AbortSignal} signal */
async function view(caller, signal) {
  const address = location.hash.slice(1);
  for (const { at, title, view: show_ } of VIEWS) {
    const match = at.exec(address);
    if (match === null) continue;
    const parts = match.slice(1).map((part) => (part === undefined ? part : decoded(part)));
    document.title = title(parts);
    searchText.value = address.startsWith('/search/') ? (parts[0] ?? '') : '';
    // Who has just come begins at the top of the page; who went on, with what is new.
    if (hasOpened) main.focus({ preventScroll: true });
    hasOpened = true;
    return show_(main, parts, { caller, signal });
  }
  show(
    main,
    h(
      'p',
      { class: 'empty' },
      'There is nothing at this address. ',
      h('a', { href: '#/' }, 'Show everything'),
    ),
  );
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A stray % sign.
  }
}

/** Nobody who may look: then they are asked. @param {AbortSignal} signal @returns {Promise<Caller | undefined>} */
async function whoIsCalling(signal) {
  for (let waitMs = 1_000; ; await pause(waitMs, signal)) {
    signal.throwIfAborted();
    try {
      /** @type {Caller} */
      const caller = await ask('GET', 'v1/caller', { signal });
      answered();
      return caller;
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      // A credential that may not read is of no use here, and another may be.
      const mayNotRead = thrown instanceof AskError && thrown.problem.status === 403;
      if (mayNotRead && credential() !== null) return askWho(thrown.message);
      waitMs = nextWaitMs(thrown, waitMs);
    }
  }
}

/** @param {Caller} caller */
function showCaller({ name, connections }) {
  search.hidden = false;
  const limits = connections === undefined ? '' : ` (${connections.join(', ')} only)`;
  const forget = () => {
    forgetCredential();
    void open();
  };
  show(
    the('caller'),
    h('span', {}, credential() === null ? 'No sign-in needed here' : `${name}${limits}`),
    credential() !== null && h('button', { type: 'button', onclick: forget }, 'Forget the key'),
    h('a', { href: 'docs' }, 'API'),
  );
}

/** @param {string} trouble what is wrong with the credential, where there is one @returns {undefined} */
function askWho(trouble) {
  search.hidden = true;
  show(the('caller'), h('a', { href: 'docs' }, 'API'));
  showSignIn(main, credential() === null ? undefined : trouble, () => void open());
}

/** @param {unknown} thrown */
function showError(thrown) {
  const problem = thrown instanceof AskError ? thrown.problem : undefined;
  if (problem?.status === 401) {
    askWho(problem.detail);
    return;
  }
  tell(problem?.title ?? 'Something went wrong on this page.');
  show(
    main,
    h('h1', {}, problem?.title ?? 'Something went wrong on this page'),
    h('p', { class: 'notice bad' }, problem?.detail ?? String(thrown)),
    problem?.requestId !== undefined &&
      h('p', { class: 'quiet' }, 'Request ', h('code', {}, problem.requestId)),
    h(
      'p',
      {},
      h('button', { type: 'button', onclick: () => void open() }, 'Try again'),
      ' ',
      h('a', { href: '#/' }, 'Show everything'),
    ),
  );
  if (problem === undefined) throw thrown;
}
