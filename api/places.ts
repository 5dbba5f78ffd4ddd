import { ProblemError } from './problem.js';

const COME_BACK_AFTER_S = 5;

/** Counts what is under way of something that takes room, of each caller and of all: more is refused. */
export class Places {
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(
    private readonly most: { readonly all: number; readonly ofOne: number },
    /** What it is. */
    private readonly what: string,
  ) {}

  /** Does something for a caller while there is a place for it. @throws ProblemError `rate-limited`; what `work` throws. */
  async take<T>(caller: string, work: () => Promise<T>): Promise<T> {
    const taken = this.#taken.get(caller) ?? 0;
    if (taken >= this.most.ofOne || this.#all >= this.most.all) throw this.#full();
    this.#count(caller, 1);
    try {
      return await work();
    } finally {
      this.#count(caller, -1);
    }
  }

  #count(caller: string, more: 1 | -1): void {
    const taken = (this.#taken.get(caller) ?? 0) + more;
    this.#all += more;
    if (taken > 0) this.#taken.set(caller, taken);
    else this.#taken.delete(caller);
  }

  #full(): ProblemError {
    const { all, ofOne } = this.most;
    return new ProblemError(
      'rate-limited',
      `No more than ${ofOne} ${this.what} of a caller are taken in at a time, and ${all} of all: wait for the answer to one.`,
      { headers: { 'retry-after': String(COME_BACK_AFTER_S) } },
    );
  }
}
