import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../cli/exit-codes.js';
import type { Launch, LoggedProcess, Processes } from '../processes.js';

const TRIED_EVERY_MS = 100;
const RESTARTED_AFTER_MS = 500;
/** One that was never ready and has ended so often will never be: of another version, it may not know its options. */
const MOST_FALLS_BEFORE_READY = 10;

/** A process that is started again when it ends by itself, as Compose and Kubernetes do it. */
export class Part {
  #process: LoggedProcess | undefined;
  #isWanted = false;
  #wasReady = false;
  #fallsBefore = 0;
  /** How it ended when nobody had told it to. */
  readonly falls: string[] = [];

  constructor(
    readonly name: string,
    private readonly processes: Processes,
    private readonly launch: () => Launch,
    private readonly isReady: () => Promise<boolean>,
  ) {}

  get isUp(): boolean {
    return this.#isWanted;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts it, and waits until it is ready.
   * @throws when it was never ready and has ended again and again.
   */
  async up(): Promise<void> {
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#wasReady = false;
      this.#fallsBefore = this.falls.length;
      this.#start();
    }
    while (this.#isWanted && !(await this.isReady())) {
      const falls = this.falls.length - this.#fallsBefore;
      if (!this.#wasReady && falls >= MOST_FALLS_BEFORE_READY)
        throw new Error(`${this.falls.at(-1)}, ${falls} times, and was never ready; see its log.`);
      await sleep(TRIED_EVERY_MS);
    }
    this.#wasReady = true;
  }

  /** Ends it, and waits for its end. */
  async down(signal: NodeJS.Signals): Promise<void> {
    this.#isWanted = false;
    const ended = this.#process;
    if (ended === undefined) return;
    const code = await ended.end(signal);
    // One that had not come up yet, or that another fault has killed, ends otherwise.
    if (signal === 'SIGTERM' && this.#wasReady && typeof code === 'number' && code !== EXIT.ok)
      this.falls.push(`${this.name} was told to end, and did so with ${code}`);
  }

  /** It is not started again from then on. */
  letGo(): void {
    this.#isWanted = false;
  }

  send(signal: NodeJS.Signals): void {
    this.#process?.send(signal);
  }

  #start(): void {
    const started = this.processes.start(this.launch());
    this.#process = started;
    void started.ended.then(async (code) => {
      if (!this.#isWanted || this.#process !== started) return;
      // What is started while Temporal is away ends by saying so; whoever started it starts it again.
      const isTurnedAway = code === EXIT.unreachable && !this.#wasReady;
      if (!isTurnedAway) this.falls.push(`${this.name} ended with ${code}`);
      await sleep(RESTARTED_AFTER_MS);
      if (this.#isWanted && this.#process === started) this.#start();
    });
  }
}
