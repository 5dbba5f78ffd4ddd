import { ProviderError } from '../../provider.js';
import { SingleFlight } from './single-flight.js';

/** Keys as their source gave them. */
export interface LoadedKeys<Keys extends object> {
  readonly keys: Keys;
  /** Epoch milliseconds. Undefined for keys without an end, which a person may replace at any time. */
  readonly expiresAtMs?: number;
}

/** Lasting keys are read anew this often, so that rotated ones are picked up while a campaign runs. */
const REREAD_MS = 5_000;
/**
 * How long to leave a source alone after a failed renewal, how long lasting keys outlive a source that cannot be read (a
 * file is empty for a moment while it is written), and how old keys must be before a vendor's refusal makes us ask for others.
 */
const PATIENCE_MS = 60_000;

interface Kept<Keys> {
  readonly keys: Keys;
  readonly temporary: boolean;
  readonly obtainedAtMs: number;
  readonly endsAtMs: number;
  renewAtMs: number;
}

/** One connection's keys, loaded once for all who ask at a time and renewed ahead of their end. No failure is kept. */
export class KeptKeys<Keys extends object> {
  readonly #renewBeforeMs: number;
  readonly #now: () => number;
  readonly #loads: SingleFlight<Kept<Keys>>;
  #kept: Kept<Keys> | undefined;

  /**
   * @param load gives up by itself: all who wait share it, whatever their own signals say.
   * @param options.renewBeforeMs before temporary keys end; when they live less than three times as long, a third of their life.
   */
  constructor(
    load: () => Promise<LoadedKeys<Keys>>,
    options: { readonly renewBeforeMs: number; readonly now: () => number },
  ) {
    this.#renewBeforeMs = options.renewBeforeMs;
    this.#now = options.now;
    this.#loads = new SingleFlight(async () => {
      this.#kept = this.#toKept(await load());
      return this.#kept;
    });
  }

  /** The same object for as long as they are kept. While good keys are kept, no failure of their source shows. */
  async get(signal: AbortSignal): Promise<Keys> {
    const kept = this.#kept;
    const now = this.#now();
    if (kept === undefined || now >= kept.endsAtMs) return (await this.#loads.join(signal)).keys;
    if (now < kept.renewAtMs) return kept.keys;
    kept.renewAtMs = now + (kept.temporary ? PATIENCE_MS : REREAD_MS);
    const renewal = this.#loads.join(new AbortController().signal).catch(() => kept);
    // A file is read in no time; a vendor may take long, and need not be waited for.
    return kept.temporary ? kept.keys : (await renewal).keys;
  }

  /**
   * Says that the vendor refused these keys. Others may have come in their place since. Keys that are a minute old or less
   * stay: new ones for every refusal would only burden the vendor.
   */
  forget(refused: Keys): void {
    if (this.#kept?.keys === refused && this.#now() - this.#kept.obtainedAtMs > PATIENCE_MS) {
      this.#kept = undefined;
    }
  }

  #toKept({ keys, expiresAtMs }: LoadedKeys<Keys>): Kept<Keys> {
    const now = this.#now();
    const ofAll = { keys, obtainedAtMs: now };
    if (expiresAtMs === undefined) {
      return { ...ofAll, temporary: false, renewAtMs: now + REREAD_MS, endsAtMs: now + PATIENCE_MS };
    }
    const lifeMs = expiresAtMs - now;
    if (lifeMs <= 0) {
      const message = "The temporary keys had ended when they came: is this machine's clock right?";
      throw new ProviderError('unavailable', 'ExpiredKeys', message);
    }
    const renewAtMs = expiresAtMs - Math.min(this.#renewBeforeMs, lifeMs / 3);
    return { ...ofAll, temporary: true, renewAtMs, endsAtMs: expiresAtMs };
  }
}
