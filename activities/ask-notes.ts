import type { CallCounts, TargetChange, TargetRow } from '../contract/campaign.js';
import type { LaneHeartbeat } from '../contract/campaign-lane.js';
import type { Observation } from '../contract/observation.js';
import { seenIn } from './target-row.js';

export interface AskNotesOptions {
  readonly targets: number;
  /** Places of targets that an earlier look has shown. */
  readonly seen: readonly number[] | undefined;
  /** What an attempt before this one has told in its heartbeat. */
  readonly kept: LaneHeartbeat | undefined;
  /** An attempt before this one may have asked what it has not told of. */
  readonly isRepeated: boolean;
}

/** What is known of the targets that are asked, by place: told in the heartbeat meanwhile, and to the lane at the end. */
export class AskNotes {
  /** What has changed. */
  readonly #rows = new Map<number, TargetRow>();
  /** What looks have told of those that may be asked; nothing of a look that an attempt before this one has made. */
  readonly #seen = new Map<number, Partial<TargetRow>>();
  /** Those that may have been asked before, and of which no look has told since that they were not. */
  readonly #unclear: Set<number>;
  readonly #targets: number;
  #asks: number;
  #looks: number;
  readonly #throttledBefore: number;
  #failures: number;

  constructor({ targets, seen, kept, isRepeated }: AskNotesOptions) {
    this.#targets = targets;
    for (const [place, row] of kept?.changes ?? []) this.#rows.set(place, row);
    for (const place of [...(seen ?? []), ...(kept?.seen ?? [])]) this.#seen.set(place, {});
    this.#asks = kept?.calls.asks ?? 0;
    this.#looks = kept?.calls.looks ?? 0;
    this.#throttledBefore = kept?.calls.throttled ?? 0;
    // The allowance is for all attempts.
    this.#failures = [...this.#rows.values()].filter(hasFailed).length;
    this.#unclear = new Set(isRepeated ? this.unasked : []);
  }

  /** Places of those that nothing is known of that would keep them from being asked. */
  get unasked(): number[] {
    return Array.from({ length: this.#targets }, (_, place) => place).filter(
      (place) => !this.#rows.has(place) || this.isOpen(place),
    );
  }

  /** How many were refused or failed. */
  get failures(): number {
    return this.#failures;
  }

  /** A cancel call was answered. */
  countAsk(): void {
    this.#asks += 1;
  }

  /** Looks were made. */
  countLooks(calls: number): void {
    this.#looks += calls;
  }

  /** A look has told what became of it, or that it was not asked. */
  clear(place: number): void {
    this.#unclear.delete(place);
  }

  /** A look has shown that it may be asked. */
  see(place: number, look: Observation): void {
    this.#seen.set(place, seenIn(look));
  }

  /** Whether a look has shown it, of this attempt or one before. */
  wasSeen(place: number): boolean {
    return this.#seen.has(place);
  }

  /** In place of what was noted. */
  note(place: number, row: TargetRow): void {
    this.#rows.set(place, row);
    if (hasFailed(row)) this.#failures += 1;
  }

  /** Adds to what is noted; no failure by itself. */
  amend(place: number, more: Partial<TargetRow>): void {
    this.#rows.set(place, { state: 'waiting', ...this.#rows.get(place), ...more });
  }

  /** What was noted, and the last look. */
  known(place: number): Partial<TargetRow> {
    return { ...this.#rows.get(place), ...this.#seen.get(place) };
  }

  /** An ask may have been made whose answer has not come. */
  isOpen(place: number): boolean {
    return this.#rows.get(place)?.state === 'open';
  }

  /** The calls of all attempts, with so many that this one had throttled. */
  calls(throttled: number): CallCounts {
    return { asks: this.#asks, looks: this.#looks, throttled: this.#throttledBefore + throttled };
  }

  /** For the next attempt. */
  soFar(throttled: number): LaneHeartbeat {
    return {
      changes: [...this.#rows],
      calls: this.calls(throttled),
      seen: [...this.#seen.keys()],
    };
  }

  /** For the lane. */
  get changes(): TargetChange[] {
    return [...this.#rows, ...this.#unchanged()];
  }

  /**
   * What is told of those that wait on. Those that were looked at, and whose turn did not come, need no other look soon after. Of those
   * that may have been asked, the lane would else think that nobody ever has, and of their absence that they never were.
   */
  #unchanged(): TargetChange[] {
    const places = new Set([...this.#seen.keys(), ...this.#unclear]);
    return [...places].flatMap((place): TargetChange[] => {
      if (this.#rows.has(place)) return [];
      const seen = this.#seen.get(place) ?? {};
      const isUnclear = this.#unclear.has(place);
      if (seen.seenAtMs === undefined && !isUnclear) return [];
      return [[place, { ...seen, state: 'waiting', ...(isUnclear && { askedAtMs: Date.now() }) }]];
    });
  }
}

function hasFailed({ state, refused }: TargetRow): boolean {
  return state === 'errored' || state === 'refused' || (state === 'answered' && refused === true);
}
