import { SingleFlight } from '../credentials/single-flight.js';

/** The id of a region's project, looked up once when the config does not name it. */
export class HuaweiProject {
  readonly #lookups: SingleFlight<string>;
  #id: string | undefined;

  /** @param lookUp gives up by itself: all who wait share it, whatever their own signals say. */
  constructor(lookUp: () => Promise<string>) {
    this.#lookups = new SingleFlight(lookUp);
  }

  async id(signal: AbortSignal): Promise<string> {
    this.#id ??= await this.#lookups.join(signal);
    return this.#id;
  }
}
