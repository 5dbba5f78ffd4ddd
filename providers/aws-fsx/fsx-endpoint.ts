import { FSxClient } from '@aws-sdk/client-fsx';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CallGate } from '../call-gate.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { HttpEndpoint, jsonObject, type HttpAnswer } from '../http.js';
import { contradictedAnswer } from '../contradicted-answer.js';
import { ProviderError } from '../provider.js';
import { Sha256 } from '../vendors/aws/sha256.js';
import { ANSWERS, type FsxOperation, type FsxOutput } from './answers.js';
import { clientConfig } from './client-config.js';
import { toCredentialError } from './credential-errors.js';
import { toAnswerError, toProviderError } from './errors.js';
import type { FsxSettings } from './index.js';

const SERVICE = 'fsx';
/** Names the service and its version; the SDK sends the same. */
const TARGET = 'AWSSimbaAPIService_v20180301';
const CONTENT_TYPE = 'application/x-amz-json-1.1';
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-signing.html: a clock may be wrong by less than five minutes. */
const TOLERATED_SKEW_MS = 4 * 60_000;

export type FsxAnswer<Operation extends FsxOperation> = FsxOutput<Operation> & {
  readonly requestId?: string;
};

interface Signed {
  readonly endpoint: HttpEndpoint;
  readonly url: URL;
  readonly signer: SignatureV4;
}

/**
 * FSx's operations, one HTTP call each, repeating nothing but what was refused for a wrong clock. Of the official SDK it uses
 * what decides who calls and where: credentials, endpoints and the signer. The calls it makes itself, for a call through the SDK's middleware costs more than three times the CPU time
 * (0.44 ms and 0.13 ms), knows no proxy, and waits for ever by default.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export class FsxEndpoint {
  readonly #sdk: FSxClient;
  #signed: Promise<Signed> | undefined;
  #clockOffsetMs = 0;
  #isClosed = false;

  constructor(
    private readonly settings: FsxSettings,
    private readonly gate: CallGate,
  ) {
    // The SDK's advice to leave Node 20 is for whoever maintains Quiesce, not for an operator's log.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
    // The config alone says where FSx is: by a forgotten AWS_ENDPOINT_URL, tasks would seem not to exist.
    process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] = 'true';
    this.#sdk = new FSxClient(clientConfig(settings));
  }

  /**
   * @param input the operation's own, as JSON.
   * @throws ProviderError of every answer that is no success, by its name; `unavailable` when none came.
   */
  call<Operation extends FsxOperation>(
    operation: Operation,
    input: object,
    signal: AbortSignal,
  ): Promise<FsxAnswer<Operation>> {
    return this.gate.pass(operation, signal, async () => {
      const signedByMs = this.#clockOffsetMs;
      try {
        return await this.#answer(operation, input, signal);
      } catch (thrown) {
        const isRefused = thrown instanceof ProviderError && thrown.kind === 'unauthenticated';
        if (!isRefused || this.#clockOffsetMs === signedByMs) throw thrown;
        // It was signed by a clock that was wrong, and is known by now: that says nothing of the credential.
        return this.#answer(operation, input, signal);
      }
    });
  }

  async #answer<Operation extends FsxOperation>(
    operation: Operation,
    input: object,
    signal: AbortSignal,
  ): Promise<FsxAnswer<Operation>> {
    const answer = await this.#send(operation, JSON.stringify(input), signal);
    const body = jsonObject(answer);
    if (answer.status !== 200 || body === undefined) throw toAnswerError(answer, body);
    const request = requestIdIfAny(answer.headers['x-amzn-requestid']);
    if (isError(answer, body)) throw contradictedAnswer(operation, answer.status, request);
    const output = ANSWERS[operation].parse(body) as FsxOutput<Operation>;
    return { ...output, ...request };
  }

  close(): void {
    this.#isClosed = true;
    this.#sdk.destroy();
    this.#signed?.then(({ endpoint }) => endpoint.close()).catch(() => {}); // Then there is none to close.
  }

  async #send(operation: FsxOperation, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { endpoint, url, signer } = await this.#reached();
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: '/',
      headers: { host: url.host, 'content-type': CONTENT_TYPE, 'x-amz-target': `${TARGET}.${operation}` },
      body,
    };
    const signingDate = new Date(Date.now() + this.#clockOffsetMs);
    // Whatever it throws is of the credential, which it asks the SDK for.
    const { headers } = await signer.sign(request, { signingDate }).catch((thrown: unknown) => {
      throw toCredentialError(thrown);
    });
    const answer = await endpoint.call({ method: 'POST', path: '/', headers, body }, signal);
    this.#watchClock(answer);
    return answer;
  }

  /** Resolved with the first call: where credentials or endpoints are badly set, that is the call's error. */
  async #reached(): Promise<Signed> {
    this.#signed ??= this.#resolve();
    return this.#signed.catch((thrown: unknown) => {
      this.#signed = undefined;
      throw toProviderError(thrown);
    });
  }

  async #resolve(): Promise<Signed> {
    const { credentials, endpointProvider, useDualstackEndpoint, useFipsEndpoint } = this.#sdk.config;
    const { endpoint: Endpoint, region } = this.settings;
    const { url } = endpointProvider({
      Region: region,
      UseFIPS: await useFipsEndpoint(),
      UseDualStack: await useDualstackEndpoint(),
      ...(Endpoint !== undefined && { Endpoint }),
    });
    const endpoint = new HttpEndpoint(url.origin);
    if (this.#isClosed) endpoint.close();
    return {
      endpoint,
      url,
      signer: new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 }),
    };
  }

  /** As the SDK does: signed by a clock that is wrong by more, every call would be refused. */
  #watchClock({ headers }: HttpAnswer): void {
    const serverMs = Date.parse(headers['date'] ?? '');
    if (Number.isNaN(serverMs)) return;
    const offsetMs = serverMs - Date.now();
    if (Math.abs(offsetMs - this.#clockOffsetMs) > TOLERATED_SKEW_MS) this.#clockOffsetMs = offsetMs;
  }
}

/** No success has the name of an error. */
function isError({ headers }: HttpAnswer, body: Readonly<Record<string, unknown>>): boolean {
  return headers['x-amzn-errortype'] !== undefined || Object.hasOwn(body, '__type');
}
