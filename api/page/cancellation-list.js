// @ts-check
import { ask } from './ask.js';
import { h, show } from './elements.js';
import { repeat } from './link.js';
import { age, loading, more, section, stateBadge, table } from './parts.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').CancellationSummary} CancellationSummary */

const EVERY_MS = 4_000;
/** The list grows by doubling, as far as the service lets it. */
const FIRST = 25;
const MOST = 800;

const FILTERS = {
  all: { words: 'All', query: '' },
  running: { words: 'Under way', query: '&running=true' },
  unproven: { words: 'Ended unproven', query: '&verdict=unproven' },
  refused: { words: 'Ended refused', query: '&verdict=refused' },
  'not-found': { words: 'Ended not found', query: '&verdict=not-found' },
};

/**
 * Cancellations, the newest first.
 * @param {AbortSignal} signal
 */
export function cancellations(signal) {
  const host = h('div', {}, loading());
  let limit = FIRST;
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
      more(nextCursor !== undefined && limit < MOST, () => {
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
  return table(
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
    h('td', {}, verdict !== undefined ? stateBadge(verdict) : h('span', { class: 'phase' }, now)),
    h('td', { class: 'wide' }, requestedBy),
    h('td', { class: 'wide' }, age(startedAt)),
    h('td', {}, age(closedAt)),
  );
}
