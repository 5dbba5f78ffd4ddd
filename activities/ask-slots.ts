/** The asks of one Activity. */
export interface AskLine {
  /** Waits for a slot; false, and none, when the signal aborts before. */
  slot(signal: AbortSignal): Promise<boolean>;
  /** Hands a slot to the next. */
  giveBack(): void;
  /** To be called once nobody of it waits. */
  close(): void;
}

interface Line {
  readonly campaign: string;
  readonly waiters: Set<() => void>;
}

/**
 * A connection's asks that may be under way at once in this process. Campaigns take turns. Of each, the Activity that came first is
 * served first, so that they end one after the other: while some ask, who comes next is told to, and looks. Served alike,
 * all would end at once, and nobody would ask until the next had begun.
 */
export class AskSlots {
  #free: number;
  /** In the order of their arrival. */
  readonly #lines = new Set<Line>();
  /** Each campaign's last turn, by its number. */
  readonly #lastTurns = new Map<string, number>();
  #turns = 0;

  constructor(slots: number) {
    this.#free = slots;
  }

  /** A line behind all of its campaign that are there. */
  enter(campaign: string): AskLine {
    const line: Line = { campaign, waiters: new Set() };
    this.#lines.add(line);
    return {
      slot: (signal) => this.#slot(line, signal),
      giveBack: () => this.#giveBack(),
      close: () => this.#close(line),
    };
  }

  async #slot({ waiters }: Line, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    return new Promise((resolve) => {
      const leave = (hasSlot: boolean) => {
        signal.removeEventListener('abort', giveUp);
        waiters.delete(go);
        resolve(hasSlot);
      };
      const go = () => leave(true);
      const giveUp = () => leave(false);
      signal.addEventListener('abort', giveUp);
      waiters.add(go);
    });
  }

  #giveBack(): void {
    const line = this.#next();
    if (line === undefined) {
      this.#free += 1;
      return;
    }
    this.#lastTurns.set(line.campaign, (this.#turns += 1));
    const [first] = line.waiters;
    first?.();
  }

  /** Of those who wait, the first of the campaign whose turn was longest ago. */
  #next(): Line | undefined {
    let next: Line | undefined;
    for (const line of this.#lines)
      if (line.waiters.size > 0 && (next === undefined || this.#turnOf(line) < this.#turnOf(next)))
        next = line;
    return next;
  }

  #turnOf({ campaign }: Line): number {
    return this.#lastTurns.get(campaign) ?? 0;
  }

  #close(line: Line): void {
    this.#lines.delete(line);
    for (const { campaign } of this.#lines) if (campaign === line.campaign) return;
    this.#lastTurns.delete(line.campaign);
  }
}
