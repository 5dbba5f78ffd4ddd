// @ts-check
import { ask, nowMs } from './ask.js';
import { inOrder } from './words.js';

/** @typedef {import('./ask.js').CancellationSummary} CancellationSummary */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How far back, and in which steps. */
export const SPANS = {
  hour: { words: 'the last hour', sentence: 'the last hour', backMs: HOUR_MS, stepMs: MINUTE_MS },
  day: {
    words: 'the last 24 hours',
    sentence: 'the last 24 hours',
    backMs: 24 * HOUR_MS,
    stepMs: 30 * MINUTE_MS,
  },
  week: {
    words: 'the last 7 days',
    sentence: 'the last 7 days',
    backMs: 7 * 24 * HOUR_MS,
    stepMs: 3 * HOUR_MS,
  },
};

const PAGE = 1_000;
const MOST_PAGES = 5;

/** When cancellations ended, and how. */
export class VerdictHistory {
  /** Those that have ended, by run. @type {Map<string, CancellationSummary>} */
  #ended = new Map();
  /** How far back all of them are known. */
  #knownFromMs = Infinity;
  #nowMs = 0;
  span = SPANS.day;

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.signal = signal;
  }

  /** Whether there were more in the span than were read. */
  get isCut() {
    return this.#knownFromMs > this.#nowMs - this.span.backMs;
  }

  get size() {
    return this.#ended.size;
  }

  /**
   * Reads what has ended in a span. Temporal lists those that ended last first: as soon as a page goes back to what is known already, or
   * before the span, there is no more to read.
   * @param {string} name
   */
  async read(name) {
    this.span = SPANS[/** @type {keyof typeof SPANS} */ (name)];
    this.#nowMs = nowMs();
    const fromMs = this.#nowMs - this.span.backMs;
    const hasThese = this.#knownFromMs <= fromMs;
    let cursor = '';
    for (let page = 1; page <= MOST_PAGES; page++) {
      /** @type {import('./ask.js').CancellationPage} */
      const { items, nextCursor } = await ask(
        'GET',
        `v1/cancellations?running=false&limit=${PAGE}${cursor}`,
        { signal: this.signal },
      );
      const isKnown = items.some(({ runId }) => this.#ended.has(runId));
      for (const item of items)
        if (item.workflowStatus !== 'CONTINUED_AS_NEW') this.#ended.set(item.runId, item);
      const oldestMs = Math.min(...items.map(endMs));
      if (nextCursor === undefined || oldestMs < fromMs)
        this.#knownFromMs = Math.min(this.#knownFromMs, fromMs);
      if (nextCursor === undefined || oldestMs < fromMs || (isKnown && hasThese)) return;
      cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
    }
  }

  /** How many ended in each step of the span, by verdict; the last step is the present one. @returns {import('./plot.js').Counts} */
  inSteps() {
    const { backMs, stepMs } = this.span;
    const untilMs = Math.ceil(this.#nowMs / stepMs) * stepMs;
    const steps = Math.ceil(backMs / stepMs);
    const firstMs = untilMs - steps * stepMs;
    /** @type {Record<string, number>[]} */
    const counts = Array.from({ length: steps }, () => ({}));
    for (const item of this.#ended.values()) {
      const step = counts[Math.floor((endMs(item) - firstMs) / stepMs)];
      const verdict = verdictOf(item);
      if (step !== undefined) step[verdict] = (step[verdict] ?? 0) + 1;
    }
    return { atMs: counts.map((_, place) => firstMs + place * stepMs), counts };
  }

  /** How many ended in the span, by verdict. */
  totals() {
    /** @type {Record<string, number>} */
    const totals = {};
    for (const step of this.inSteps().counts)
      for (const [verdict, amount] of Object.entries(step)) totals[verdict] = (totals[verdict] ?? 0) + amount;
    return inOrder(totals);
  }
}

/** @param {CancellationSummary} item */
function endMs({ closedAt, startedAt }) {
  return Date.parse(closedAt ?? startedAt);
}

/** @param {CancellationSummary} item */
function verdictOf({ verdict }) {
  return verdict ?? 'no-verdict';
}
