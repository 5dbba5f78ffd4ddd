import type { OnCancel, SeedState } from './control-requests.js';

/** The true states of a task, in no vendor's words. */
export type TaskState = SeedState;

export interface Delays {
  readonly waitingMs: number;
  readonly runningMs: number;
  readonly cancelingMs: number;
}

export interface TimelineOptions {
  readonly now: number;
  readonly delays: Delays;
  readonly state?: TaskState;
  readonly endsAs?: 'completed' | 'failed';
  readonly onCancel?: OnCancel;
}

/** Where cancel lands a task that does cancel; `stuckCanceling` never lands. */
const CANCEL_END = {
  cancel: 'canceled',
  finishFirst: 'completed',
  failFirst: 'failed',
  stuckCanceling: undefined,
  alreadyFinished: undefined,
  unsupported: undefined,
} as const satisfies Record<OnCancel, TaskState | undefined>;

/**
 * The life of one task as points in time; its state is worked out when somebody looks. So fifty thousand tasks need
 * no timers, a clock moved by days needs no catching up, and a stale read is the state at an earlier time.
 */
export class Timeline {
  readonly createdAt: number;
  readonly onCancel: OnCancel;
  readonly #addedAt: number;
  readonly #cancelingMs: number;
  readonly #endsAs: 'completed' | 'failed';
  #startsAt: number;
  #endsAt: number;
  #cancelAt = Infinity;

  constructor({
    now,
    delays,
    state = 'waiting',
    endsAs = 'completed',
    onCancel = 'cancel',
  }: TimelineOptions) {
    const { waitingMs, runningMs, cancelingMs } = delays;
    const started = state !== 'waiting';
    const past =
      state === 'completed' || state === 'failed' ? runningMs : state === 'canceled' ? cancelingMs : 0;
    this.#addedAt = now;
    this.#cancelingMs = cancelingMs;
    this.#endsAs = state === 'completed' || state === 'failed' ? state : endsAs;
    this.onCancel = state === 'canceled' ? 'cancel' : onCancel;
    this.#startsAt = started ? now - past : now + waitingMs;
    this.createdAt = this.#startsAt - waitingMs;
    this.#endsAt = this.#startsAt + runningMs;
    if (state === 'canceling' || state === 'canceled') this.#cancelAt = now - past;
  }

  stateAt(at: number): TaskState {
    if (at >= this.#cancelAt)
      return at >= this.#cancelEndsAt ? (this.#cancelEnd ?? 'canceling') : 'canceling';
    if (at >= this.#endsAt) return this.#endsAs;
    return at >= this.#startsAt ? 'running' : 'waiting';
  }

  /** When the task began to run; undefined before that, and for one canceled while it waited. */
  startedAt(at: number): number | undefined {
    return at >= this.#startsAt && this.#startsAt <= this.#cancelAt ? this.#startsAt : undefined;
  }

  endedAt(at: number): number | undefined {
    const endsAt = this.#cancelAt === Infinity ? this.#endsAt : this.#cancelEndsAt;
    return at >= endsAt ? endsAt : undefined;
  }

  /** Whether a vendor still knows it that forgets an ended task after so long; `null`, never. */
  isKeptAt(at: number, endedKeptMs: number | null): boolean {
    return endedKeptMs === null || at < (this.endedAt(at) ?? Infinity) + endedKeptMs;
  }

  /** The share of the work that is done, from 0 to 1; it stands still once a cancel was accepted. */
  progressAt(at: number): number {
    if (this.stateAt(at) === 'completed') return 1;
    const share =
      (Math.min(at, this.#cancelAt) - this.#startsAt) / Math.max(1, this.#endsAt - this.#startsAt);
    return Math.min(1, Math.max(0, share));
  }

  /** What a reader sees at `at` when the vendor refreshes states every `refreshMs`: the time of the last refresh. */
  shownAt(at: number, refreshMs: number): number {
    return refreshMs === 0 ? at : at - (Math.max(0, at - this.#addedAt) % refreshMs);
  }

  /** Plays a task that ends by itself in the moment before a cancel reaches it. */
  finishNow(at: number): void {
    this.#startsAt = Math.min(this.#startsAt, at);
    this.#endsAt = Math.min(this.#endsAt, at);
  }

  /** Accepts a cancel; the caller has seen to it that the task is waiting or running. */
  cancel(at: number): void {
    this.#cancelAt = at;
  }

  get cancelRequestedAt(): number | undefined {
    return this.#cancelAt === Infinity ? undefined : this.#cancelAt;
  }

  get #cancelEnd(): TaskState | undefined {
    return CANCEL_END[this.onCancel];
  }

  get #cancelEndsAt(): number {
    return this.#cancelEnd === undefined ? Infinity : this.#cancelAt + this.#cancelingMs;
  }
}
