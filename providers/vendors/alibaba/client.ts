import { randomUUID } from 'node:crypto';
import type { ProviderErrorKind } from '../../../contract/failures.js';
import type { CallGate } from '../../call-gate.js';
import { HttpEndpoint } from '../../http.js';
import { requestIdOf, successBody, toAlibabaError } from './errors.js';
import { signAcs3, signRpc, type AlibabaCall, type AlibabaKeys } from './signature.js';
import type { SentRequest } from '../canonical-request.js';

const SIGNERS = {
  'ACS3-HMAC-SHA256': signAcs3,
  'HMAC-SHA1': signRpc,
} as const satisfies Record<string, (call: AlibabaCall, keys: AlibabaKeys) => SentRequest>;

export type AlibabaSignature = keyof typeof SIGNERS;

export interface AlibabaClientOptions {
  /** An origin, such as `https://nas.cn-hangzhou.aliyuncs.com`. */
  readonly endpoint: string;
  /** The product's version, such as `2017-06-26`. */
  readonly version: string;
  /** Default ACS3-HMAC-SHA256. With the legacy HMAC-SHA1 the key's id and the signature stand in the URL. */
  readonly signature?: AlibabaSignature;
  /** Asked before every call. It throws ProviderError where there are none. */
  readonly keys: (signal: AbortSignal) => Promise<AlibabaKeys>;
  /** Told of keys that the vendor did not accept. */
  readonly forgetKeys?: (refused: AlibabaKeys) => void;
  readonly gate: CallGate;
  /** The product's own error codes; those of the gateway are known. */
  readonly errorKinds: Readonly<Record<string, ProviderErrorKind>>;
}

export interface AlibabaAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

/** Calls RPC-style operations of one product. It makes one HTTP call each and repeats nothing. */
export class AlibabaClient {
  readonly #options: AlibabaClientOptions;
  readonly #endpoint: HttpEndpoint;

  constructor(options: AlibabaClientOptions) {
    this.#options = options;
    this.#endpoint = new HttpEndpoint(options.endpoint);
  }

  /**
   * Makes one call, under a nonce and a date of its own.
   * @returns the JSON object of a success: a 2xx that does not call itself an error.
   * @throws ProviderError of every other answer, by its code; `unavailable` when none came.
   */
  call(
    action: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<AlibabaAnswer> {
    return this.#options.gate.pass(action, signal, () => this.#send(action, parameters, signal));
  }

  close(): void {
    this.#endpoint.close();
  }

  async #send(
    action: string,
    parameters: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<AlibabaAnswer> {
    const { version, signature = 'ACS3-HMAC-SHA256', errorKinds: kinds, forgetKeys } = this.#options;
    const keys = await this.#options.keys(signal);
    const made = { date: new Date(), nonce: randomUUID() };
    const call = { action, version, parameters, host: this.#endpoint.host, ...made };
    const answer = await this.#endpoint.call(SIGNERS[signature](call, keys), signal);
    const body = successBody(answer);
    if (body !== undefined) return { body, ...requestIdOf(answer) };
    const error = toAlibabaError(answer, { action, kinds, keys });
    if (error.kind === 'unauthenticated') forgetKeys?.(keys);
    throw error;
  }
}
