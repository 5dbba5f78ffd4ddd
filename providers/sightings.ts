import type { Observation } from '../contract/observation.js';
import type { ObserveOptions } from './provider.js';

/** What one look has seen so far of the tasks it was asked for. Whoever asked is told of each as soon as it is noted. */
export class Sightings {
  readonly #keys: readonly string[];
  readonly #places = new Map<string, number[]>();
  readonly #seen = new Map<string, Observation>();
  readonly #onSeen: ObserveOptions['onSeen'];

  /** @param keys the tasks, in the order of the question; one may be asked for twice. */
  constructor(keys: readonly string[], { onSeen }: Pick<ObserveOptions, 'onSeen'>) {
    this.#keys = keys;
    this.#onSeen = onSeen;
    for (const [place, key] of keys.entries())
      this.#places.set(key, [...(this.#places.get(key) ?? []), place]);
  }

  get size(): number {
    return this.#seen.size;
  }

  get isWhole(): boolean {
    return this.#seen.size === this.#places.size;
  }

  has(key: string): boolean {
    return this.#seen.has(key);
  }

  /** A task that was not asked for is passed over. */
  note(key: string, observation: Observation): void {
    const places = this.#places.get(key);
    if (places === undefined) return;
    this.#seen.set(key, observation);
    for (const place of places) this.#onSeen?.(place, observation);
  }

  /** In the order of the question. */
  all(): Observation[] {
    return this.#keys.map((key) => {
      const observation = this.#seen.get(key);
      if (observation === undefined) throw new Error(`${key} was not looked up: a bug.`);
      return observation;
    });
  }
}
