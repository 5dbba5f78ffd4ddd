import type { Dispatcher } from 'undici';
import { readOrigin } from './endpoint-setting.js';
import { createDispatcher, type ConnectionLimits } from './http-dispatcher.js';
import { ProviderError } from './provider.js';

/** A request as it was signed: nothing of it is encoded or reordered once more. */
export interface HttpRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** Percent-encoded, without `?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; a repeated header's values are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpLimits extends ConnectionLimits {
  /** From the call to the answer's last byte, waiting for a free connection and a proxy included. */
  readonly totalMs: number;
}

/** One call's, well below the two minutes that an Activity has for all of its calls: its error must say what was slow. */
const LIMITS: HttpLimits = {
  connectMs: 5_000,
  headersMs: 10_000,
  bodyMs: 10_000,
  totalMs: 20_000,
  bodyBytes: 16 * 1024 * 1024,
};
const USER_AGENT = 'quiesce';

/** Words for the commonest transport errors; the code tells the rest. */
export const TRANSPORT_WORDS: Readonly<Record<string, string>> = {
  AbortError: 'the call was given up',
  TimeoutError: 'no whole answer in time',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the host has no address',
  EAI_AGAIN: 'the host could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
};

/** One vendor endpoint and its pool of kept connections. It follows no redirects, repeats nothing, and judges no status. */
export class HttpEndpoint {
  /** The value of the `host` header, for signing. */
  readonly host: string;
  readonly #origin: string;
  readonly #limits: HttpLimits;
  readonly #dispatcher: Dispatcher;

  /**
   * @param endpoint an origin, such as `https://nas.example.com`.
   * @param options.env where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read, once.
   */
  constructor(
    endpoint: string,
    options: { readonly limits?: Partial<HttpLimits>; readonly env?: NodeJS.ProcessEnv } = {},
  ) {
    const url = readOrigin(endpoint);
    this.host = url.host;
    this.#origin = url.origin;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#dispatcher = createDispatcher(url, this.#limits, options.env ?? process.env);
  }

  /**
   * Whatever status it has, an answer is an answer.
   * @throws ProviderError `unavailable` when none came; whether the request had its effect is then open.
   */
  async call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    // Not AbortSignal.any with AbortSignal.timeout: on Node 20 the pair may be collected before it fires.
    const controller = new AbortController();
    // undici ends an aborted request that waits for a connection only when it gets one.
    const aborted = new Promise<never>((_resolve, reject) => {
      controller.signal.addEventListener('abort', () => reject(new Error('given up')), { once: true });
    });
    const abort = () => controller.abort();
    const timer = setTimeout(abort, this.#limits.totalMs);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    try {
      return await Promise.race([this.#send(request, controller.signal), aborted]);
    } catch (thrown) {
      const gaveUp = signal.aborted ? 'AbortError' : controller.signal.aborted ? 'TimeoutError' : undefined;
      throw this.#toProviderError(thrown, request, gaveUp);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends at once; calls that are still open fail. */
  close(): void {
    this.#dispatcher.destroy().catch(() => {}); // It was to end, and has.
  }

  async #send({ method, path, query, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.#dispatcher.request({
      origin: this.#origin,
      method,
      path: query === undefined || query === '' ? path : `${path}?${query}`,
      headers: { 'user-agent': USER_AGENT, ...headers },
      body: body === undefined || body === '' ? null : body,
      signal,
    });
    const named = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
    return { status: answer.statusCode, headers: Object.fromEntries(named), body: await answer.body.text() };
  }

  /** Made of the code alone: a transport's own message, cause and properties may hold URLs, headers and data. */
  #toProviderError(thrown: unknown, { method, path }: HttpRequest, gaveUp?: string): ProviderError {
    const error: NodeJS.ErrnoException = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = gaveUp ?? error.code ?? error.name;
    const refusal = /^Proxy response \((\d+)\)/.exec(error.message)?.[1];
    const words =
      refusal === undefined ? (TRANSPORT_WORDS[code] ?? 'no answer') : `the proxy answered ${refusal}`;
    const kind = code === 'UND_ERR_INVALID_ARG' ? 'invalid' : 'unavailable';
    return new ProviderError(kind, code, `${method} ${this.#origin}${path}: ${words}`);
  }
}

/**
 * The JSON object in an answer; undefined when there is anything else, such as a proxy's HTML page. It never throws, for then
 * the status is all there is to go by.
 */
export function jsonObject({ body }: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
