// @ts-check
import { AskError, nowMs, send, textOf } from './ask.js';
import { isOnTheWay, isSettled } from './words.js';

/** @typedef {import('./ask.js').TargetStory} TargetStory */
/** @typedef {Readonly<Record<string, number>>} Counts */

/** Of more targets, the report is read only when somebody asks for it: it may be tens of megabytes. */
export const LARGEST_READ = 10_000;
/** More moments than a plot is wide tell nothing. */
const MOST_MOMENTS = 1_500;

/** How the targets of a campaign have ended, and when: what its report says of the past, and its events from then on. */
export class Report {
  /** @type {readonly TargetStory[]} */
  #rows = [];
  /** @type {{ atMs: number, counts: Counts }[]} */
  #live = [];
  /** Something has ended since it was begun to be read. */
  #isStale = false;
  /** When the report was read; 0: it was not. */
  readAtMs = 0;
  isReading = false;
  /** How many rows have come. */
  rowsRead = 0;
  /** @type {string | undefined} */
  trouble;

  /** @param {string} id @param {AbortSignal} signal */
  constructor(id, signal) {
    this.path = `v1/campaigns/${encodeURIComponent(id)}/report?format=ndjson`;
    this.signal = signal;
  }

  /** Counts of a moment, as an event has told them. @param {{ states: Counts }} seen */
  add({ states }) {
    const ended = Object.entries(states).filter(([state]) => !isOnTheWay(state));
    this.#live.push({ atMs: nowMs(), counts: Object.fromEntries(ended) });
    if (this.#live.length > MOST_MOMENTS) this.#live = this.#live.filter((_, place) => place % 2 === 0);
  }

  /** Reads the whole of it. Where that cannot be done, `trouble` says why. */
  async read() {
    if (this.isReading) {
      this.#isStale = true;
      return;
    }
    this.isReading = true;
    this.trouble = undefined;
    try {
      do {
        this.#isStale = false;
        const atMs = nowMs();
        this.#rows = await this.#rowsOfAnswer();
        this.readAtMs = atMs;
      } while (this.#isStale);
    } catch (thrown) {
      if (this.signal.aborted) return;
      this.trouble = thrown instanceof AskError ? thrown.message : 'the report broke off.';
    } finally {
      this.isReading = false;
    }
  }

  async #rowsOfAnswer() {
    const answer = await send('GET', this.path, { signal: this.signal });
    /** @type {TargetStory[]} */
    const rows = [];
    let text = '';
    for await (const piece of textOf(answer)) {
      const lines = (text + piece).split('\n');
      text = lines.pop() ?? '';
      rows.push(...lines.filter(Boolean).map((line) => JSON.parse(line)));
      this.rowsRead = rows.length;
    }
    return rows;
  }

  /** Those that have ended, and not so that nothing is left to do. */
  unsettled() {
    return this.#rows.filter(({ state }) => !isOnTheWay(state) && !isSettled(state));
  }

  /**
   * How many had ended at which moment, and how.
   * @param {{ startedAt?: string | undefined, endedAt?: string | undefined }} campaign
   * @returns {import('./plot.js').Counts}
   */
  ends({ startedAt, endedAt }) {
    const moments = [...this.#past(endedAt), ...this.#live.filter(({ atMs }) => atMs > this.readAtMs)];
    const last = moments.at(-1);
    // To where it has come: without it, what came last would be at the very edge.
    if (last !== undefined)
      moments.push({ ...last, atMs: Math.max(last.atMs, Date.parse(endedAt ?? '') || nowMs()) });
    const fromMs = Date.parse(startedAt ?? '') || moments[0]?.atMs || 0;
    const all = [{ atMs: fromMs, counts: {} }, ...moments.filter(({ atMs }) => atMs >= fromMs)];
    return { atMs: all.map(({ atMs }) => atMs), counts: all.map(({ counts }) => counts) };
  }

  /** Of a target that was never looked at, nobody knows when it ended: it counts at the end. @param {string | undefined} endedAt */
  #past(endedAt) {
    const lastMs = Date.parse(endedAt ?? '') || this.readAtMs;
    const ends = this.#rows
      .filter(({ state }) => !isOnTheWay(state))
      .map(({ state, seenAt }) => ({ state, atMs: Math.min(Date.parse(seenAt ?? '') || lastMs, lastMs) }))
      .sort((one, other) => one.atMs - other.atMs);
    /** @type {Record<string, number>} */
    const counts = {};
    /** @type {{ atMs: number, counts: Counts }[]} */
    const moments = [];
    const every = Math.ceil(ends.length / MOST_MOMENTS);
    ends.forEach(({ state, atMs }, place) => {
      counts[state] = (counts[state] ?? 0) + 1;
      const isTold = place % every === 0 || place === ends.length - 1;
      if (isTold) moments.push({ atMs, counts: { ...counts } });
    });
    return moments;
  }
}
