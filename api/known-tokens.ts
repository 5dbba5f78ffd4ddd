import { createHash } from 'node:crypto';

const MOST_KNOWN = 10_000;
/** As long as most tokens last; who calls more rarely is looked at as any stranger. */
const KNOWN_FOR_MS = 3_600_000;

/** Tokens that were accepted lately: their hashes, so many, for so long. It says that a look at one is worth its cost, and not that it is good. */
export class KnownTokens {
  readonly #untilMs = new Map<string, number>();

  has(token: string): boolean {
    return (this.#untilMs.get(hashOf(token)) ?? -Infinity) > performance.now();
  }

  /** In the place of the one that was accepted longest ago, where there are too many. */
  add(token: string): void {
    const hash = hashOf(token);
    this.#untilMs.delete(hash);
    this.#untilMs.set(hash, performance.now() + KNOWN_FOR_MS);
    const [oldest] = this.#untilMs.keys();
    if (this.#untilMs.size > MOST_KNOWN && oldest !== undefined) this.#untilMs.delete(oldest);
  }

  forget(token: string): void {
    this.#untilMs.delete(hashOf(token));
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
