import { heartbeat } from '@temporalio/activity';

const EVERY_MS = 1_000;

/**
 * An Activity's heartbeat, with what it has done so far. When this process was held up for so long that the server may have
 * given the Activity to another, it has stopped: two must not ask at a time.
 */
export class Heart {
  readonly #timer: NodeJS.Timeout;
  #beatAtMs = performance.now();

  /** @param stopsAfterMs well below the heartbeat timeout: the SDK saves beats up for a while. */
  constructor(
    private readonly details: () => unknown,
    private readonly stopsAfterMs = Infinity,
  ) {
    this.#timer = setInterval(() => this.beat(), EVERY_MS);
  }

  get hasStopped(): boolean {
    return performance.now() - this.#beatAtMs > this.stopsAfterMs;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** What is told last before an attempt fails is there for the next. */
  beat(): void {
    if (this.hasStopped) return;
    heartbeat(this.details());
    this.#beatAtMs = performance.now();
  }
}
