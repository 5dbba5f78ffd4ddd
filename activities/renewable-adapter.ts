import type { Provider } from '../providers/provider.js';

/** Calls of an adapter that was given up have ended by then. */
const LONGEST_CALL_MS = 60_000;

/** One connection's adapter, made for the first call, shared by all, and made anew when it is told to be. */
export class RenewableAdapter<Adapter extends { readonly provider: Provider }> {
  #current: Promise<Adapter> | undefined;
  readonly #givenUp = new Set<Provider>();

  constructor(private readonly connect: () => Promise<Adapter>) {}

  get(): Promise<Adapter> {
    if (this.#current !== undefined) return this.#current;
    const connecting = this.connect();
    this.#current = connecting;
    // A failed connect is forgotten, so that the next attempt reads a mended credential file.
    connecting.catch(() => {
      if (this.#current === connecting) this.#current = undefined;
    });
    return connecting;
  }

  /** The next call makes another, which reads the credential anew: an SDK may keep for long what it has read. */
  renew(): void {
    const retire = ({ provider }: Adapter) => {
      this.#givenUp.add(provider);
      setTimeout(() => this.#givenUp.delete(provider) && provider.close(), LONGEST_CALL_MS).unref();
    };
    this.#current?.then(retire, () => {}); // One that never was need not be closed.
    this.#current = undefined;
  }

  async close(): Promise<void> {
    const current = await this.#current?.catch(() => undefined);
    current?.provider.close();
    for (const provider of this.#givenUp) provider.close();
  }
}
