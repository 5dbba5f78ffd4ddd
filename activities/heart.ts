import { heartbeat } from '@temporalio/activity';

const EVERY_MS = 1_000;

/**
 * An Activity's heartbeat, with what it has done so far. When this process was held up for so long that the server may have
 * given the Activity to another, it has stopped for good, though what is under way is still told: two must not ask at a time.
 */
export class Heart {
  readonly #timer: NodeJS.Timeout;
  #beatAtMs = performance.now();
  /** The other clock stands still while a virtual machine is suspended. */
  #beatAtEpochMs = Date.now();
  #hasStopped = false;

  /** @param stopsAfterMs well below the heartbeat timeout: the SDK saves beats up for a while. */
  constructor(
    private readonly details: () => unknown,
    private readonly stopsAfterMs = Infinity,
  ) {
    this.#timer = setInterval(() => this.beat(), EVERY_MS);
  }

  get hasStopped(): boolean {
    const sinceMs = Math.max(performance.now() - this.#beatAtMs, Date.now() - this.#beatAtEpochMs);
    this.#hasStopped ||= sinceMs > this.stopsAfterMs;
    return this.#hasStopped;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** What is told last before an attempt fails is there for the next. */
  beat(): void {
    void this.hasStopped; // It stays so, though the heart beats again.
    heartbeat(this.details());
    this.#beatAtMs = performance.now();
    this.#beatAtEpochMs = Date.now();
  }
}
