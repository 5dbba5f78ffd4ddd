/** Lets so many in at a time; others wait, in their order. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Does something when its turn has come. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}
