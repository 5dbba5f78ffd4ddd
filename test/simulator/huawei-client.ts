import { HttpEndpoint, jsonObject, type HttpAnswer } from '../../providers/http.js';
import { canonicalQuery, type SentRequest } from '../../providers/vendors/canonical-request.js';
import { signSdk, type HuaweiKeys } from '../../providers/vendors/huawei/signature.js';
import type { RunningSimulator } from '../../simulator/start-simulator.js';

/** Huawei's own example. */
export const SHARE = '77ba6f4b-6365-4895-8dda-bc7142af4dde';

export interface HuaweiAnswer extends HttpAnswer {
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

export interface HuaweiCallOptions {
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** Instead of a signature. */
  readonly token?: string;
  /** What is wrong with the signature. */
  readonly keys?: Partial<HuaweiKeys>;
  readonly date?: Date;
}

/** Signs as the vendor's documents say; it knows nothing of the adapter. */
export class HuaweiClient {
  readonly #endpoint: HttpEndpoint;
  readonly #keys: HuaweiKeys;
  readonly #base: string;

  constructor(simulator: RunningSimulator) {
    const { ak, sk, projectId } = simulator.credentials.huawei;
    this.#endpoint = new HttpEndpoint(simulator.endpoint);
    this.#keys = { ak, sk };
    this.#base = `/v1/${projectId}/sfs-turbo`;
  }

  /** @param path after `/v1/{project_id}/sfs-turbo/`, or the whole of it, with a slash. */
  async call(method: string, path: string, options: HuaweiCallOptions = {}): Promise<HuaweiAnswer> {
    const answer = await this.#endpoint.call(
      this.#authorize(method, path, options),
      AbortSignal.timeout(10_000),
    );
    return { ...answer, json: jsonObject(answer) };
  }

  close(): void {
    this.#endpoint.close();
  }

  #authorize(method: string, path: string, options: HuaweiCallOptions): SentRequest {
    const { query = {}, body, token, keys, date = new Date() } = options;
    const headers = { host: this.#endpoint.host, 'content-type': 'application/json' };
    const parameters = Object.entries(query).map(([name, value]) => [name, String(value)] as const);
    const request: SentRequest = {
      method,
      path: path.startsWith('/') ? path : `${this.#base}/${path}`,
      query: canonicalQuery(parameters),
      headers,
      body: body === undefined ? '' : JSON.stringify(body),
    };
    if (token !== undefined) return { ...request, headers: { ...headers, 'x-auth-token': token } };
    return signSdk(request, { ...this.#keys, ...keys }, date);
  }
}
