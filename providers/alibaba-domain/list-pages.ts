import { ProviderError } from '../provider.js';
import type { AlibabaAnswer, AlibabaClient } from '../vendors/alibaba/client.js';

/**
 * The largest PageSize is not documented for this list; that of others of the product is 1,000. Where a page of one size is
 * refused, the next smaller is asked for. A page that holds fewer than were asked for does no harm.
 */
export const PAGE_SIZES = [100, 50, 20, 10] as const;
/** What is said of any parameter, and of no one by name. */
const PARAMETER_ERROR = 'ParameterIllegal';

/** One page of QueryTaskList, and how many tasks it was asked to hold: the pages after it have to be of the same size. */
export interface SizedPage {
  readonly answer: AlibabaAnswer;
  readonly pageSize: number;
}

/** Asks for pages of QueryTaskList, as large as the vendor takes them. */
export class ListPages {
  readonly #client: AlibabaClient;
  /** A size that was refused is not asked for again. */
  #place = 0;

  constructor(client: AlibabaClient) {
    this.#client = client;
  }

  /** @throws ProviderError of the call. */
  async first(window: Readonly<Record<string, string>>, signal: AbortSignal): Promise<SizedPage> {
    for (let place = this.#place; ; place++) {
      const pageSize = PAGE_SIZES[place] ?? PAGE_SIZES[0];
      try {
        const answer = await this.page(window, { number: 1, pageSize }, signal);
        // The refusal of another parameter would have been repeated.
        this.#place = Math.max(this.#place, place);
        return { answer, pageSize };
      } catch (thrown) {
        const isRefused = thrown instanceof ProviderError && thrown.code === PARAMETER_ERROR;
        if (!isRefused || place + 1 >= PAGE_SIZES.length) throw thrown;
      }
    }
  }

  /** @throws ProviderError of the call. */
  page(
    window: Readonly<Record<string, string>>,
    { number, pageSize }: { readonly number: number; readonly pageSize: number },
    signal: AbortSignal,
  ): Promise<AlibabaAnswer> {
    const parameters = { ...window, PageNum: String(number), PageSize: String(pageSize) };
    return this.#client.call('QueryTaskList', parameters, signal);
  }
}
