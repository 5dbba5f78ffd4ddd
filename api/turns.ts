/** Lets so many in at a time; others wait, in their order. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /**
   * Does something when its turn has come.
   * @param patience waits for the turn; what it throws ends the waiting, and nothing is done.
   */
  async take<T>(
    work: () => Promise<T>,
    patience: (turn: () => Promise<void>) => Promise<void> = (turn) => turn(),
  ): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await this.#wait(patience);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  async #wait(patience: (turn: () => Promise<void>) => Promise<void>): Promise<void> {
    let come = () => {};
    const coming = new Promise<void>((resolve) => (come = resolve));
    this.#waiting.push(come);
    try {
      await patience(() => coming);
    } catch (thrown) {
      const place = this.#waiting.indexOf(come);
      if (place >= 0) this.#waiting.splice(place, 1);
      else this.#next(); // It came at that very moment.
      throw thrown;
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}
