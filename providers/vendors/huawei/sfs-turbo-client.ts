import type { CallGate } from '../../call-gate.js';
import { jsonObject, type HttpAnswer } from '../../http.js';
import { contradictedAnswer } from '../../contradicted-answer.js';
import { ProviderError, type CallOptions } from '../../provider.js';
import { requestIdIfAny } from '../../request-id-if-any.js';
import { HuaweiAuthorizer } from './authorizer.js';
import { sfsTurboEndpoint, type SfsTurboSettings } from './sfs-turbo-connection.js';
import { isError, toProviderError } from './sfs-turbo-errors.js';

/** One call, as the vendor's documents have it. */
export interface SfsTurboCall {
  /** The vendor's name of the operation. */
  readonly operation: string;
  readonly method: 'GET' | 'DELETE';
  /** After `/v1/{project_id}/sfs-turbo/`. */
  readonly path: string;
  /** Percent-encoded, without `?`. */
  readonly query?: string;
  /** The status that the documents promise for success; any other is an error. */
  readonly success: number;
}

/** Speaks to SFS Turbo. It repeats nothing but, once, a call whose token had ended. */
export class SfsTurboClient {
  readonly #authorizer: HuaweiAuthorizer;
  readonly #gate: CallGate;

  constructor(settings: SfsTurboSettings, gate: CallGate) {
    const { region, endpoint = sfsTurboEndpoint(region), credentials } = settings;
    this.#authorizer = new HuaweiAuthorizer({ ...settings, endpoint, credentials });
    this.#gate = gate;
  }

  /** @throws ProviderError for every answer but the promised one. */
  async call(
    { operation, method, path, query, success }: SfsTurboCall,
    { signal }: CallOptions,
  ): Promise<HttpAnswer> {
    return this.#gate.pass(operation, signal, async () => {
      const projectId = await this.#authorizer.projectId(signal);
      const request = {
        method,
        path: `/v1/${encodeURIComponent(projectId)}/sfs-turbo/${path}`,
        ...(query !== undefined && { query }),
      };
      const answer = await this.#authorizer.call(request, signal);
      if (answer.status !== success) throw toProviderError(answer);
      if (isError(answer)) throw contradictedAnswer(operation, answer.status, requestIdOf(answer));
      return answer;
    });
  }

  /**
   * The one read that names no file system. Both parameters, since older copies of its page heed neither alone.
   * @see https://support.huaweicloud.com/api-sfsturbo/ListShares.html
   */
  async check(options: CallOptions): Promise<{ readonly requestId?: string }> {
    const call = { operation: 'ListShares', method: 'GET', path: 'shares/detail', success: 200 } as const;
    const answer = await this.call({ ...call, query: 'limit=1&offset=0' }, options);
    if (Array.isArray(jsonObject(answer)?.['shares'])) return requestIdOf(answer);
    // A page of something in between: what answers there is not SFS Turbo.
    const message = 'ListShares was answered without a list of file systems.';
    throw new ProviderError('unrecognized', 'MissingFromAnswer', message, requestIdOf(answer));
  }

  close(): void {
    this.#authorizer.close();
  }
}

export function requestIdOf({ headers }: HttpAnswer): { readonly requestId?: string } {
  return requestIdIfAny(headers['x-request-id']);
}
