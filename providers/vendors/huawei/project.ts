import type { HttpEndpoint } from '../../http.js';
import type { SentRequest } from '../canonical-request.js';
import { requestProjectId } from './iam.js';
import { SingleFlight } from '../credentials/single-flight.js';

/** The id of a region's project, looked up once when the config does not name it. */
export class HuaweiProject {
  readonly #lookups: SingleFlight<string>;
  #id: string | undefined;

  /** @param sign signs the request; it is asked with every lookup. */
  constructor(iam: HttpEndpoint, region: string, sign: (request: SentRequest) => Promise<SentRequest>) {
    // Of no caller's signal: all who wait share it. The endpoint's own limits end it.
    this.#lookups = new SingleFlight(() => requestProjectId(iam, region, sign, new AbortController().signal));
  }

  async id(signal: AbortSignal): Promise<string> {
    this.#id ??= await this.#lookups.join(signal);
    return this.#id;
  }
}
