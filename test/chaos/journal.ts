import type { SimulatorControl } from '../../simulator/control-client.js';
import type { JournalCall } from '../../simulator/journal.js';
import type { Vendor } from './vendors.js';

/** What the clouds were asked so far: the clock of a scenario. It reads on where it was, so that nothing is forgotten meanwhile. */
export class Journal {
  readonly #calls: JournalCall[] = [];
  readonly #cancels: ReadonlySet<string>;
  #asks = 0;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly simulator: SimulatorControl,
    vendors: readonly Vendor[],
  ) {
    this.#cancels = new Set(vendors.map(({ simulated }) => simulated.operations.cancel));
  }

  /** How many cancel calls there were, whatever came of them. */
  async asks(): Promise<number> {
    await this.#read();
    return this.#asks;
  }

  /** Every call, in order. */
  async all(): Promise<readonly JournalCall[]> {
    await this.#read();
    return this.#calls;
  }

  #read(): Promise<void> {
    return (this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined)));
  }

  async #readOn(): Promise<void> {
    for (const call of await this.simulator.calls({ after: this.#calls.length })) {
      if (call.number !== this.#calls.length + 1)
        throw new Error(`The journal goes on with call ${call.number} after ${this.#calls.length}.`);
      this.#calls.push(call);
      if (this.#cancels.has(call.operation)) this.#asks += 1;
    }
  }
}
