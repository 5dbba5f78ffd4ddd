import { createHash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { VendorError, WireRequest } from '../../../simulator/simulated-provider.js';
import { readAuthorization, readAwsDate, type AwsAuthorization } from './authorization.js';
import { Sha256 } from './sha256.js';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-signing.html */
const LONGEST_SKEW_MS = 5 * 60_000;
/** What every request must sign when it sends it. */
const MUST_BE_SIGNED = /^(host|x-amz-.*)$/;

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Checks AWS Signature Version 4 of requests to one service, by signing each again with AWS's own signer. */
export class AwsSignatureCheck {
  readonly #credentials: AwsCredentials;
  readonly #service: string;
  readonly #signer: SignatureV4;

  constructor(credentials: AwsCredentials, service: string) {
    this.#credentials = credentials;
    this.#service = service;
    // The signer caches the key it derives for a day and region.
    this.#signer = new SignatureV4({
      credentials,
      service,
      region: 'us-east-1',
      sha256: Sha256,
      applyChecksum: false,
    });
  }

  /**
   * The error AWS answers, or undefined when the request is genuine. The names are those of AWS's JSON services;
   * that FSx sends these with status 400 is not documented.
   * @param now what AWS's clock shows, epoch milliseconds.
   * @see https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
   */
  async refusal(request: WireRequest, now: number): Promise<VendorError | undefined> {
    const header = request.headers.authorization;
    if (header === undefined)
      return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
    const claim = readAuthorization(header);
    const date = readAwsDate(request.headers['x-amz-date']);
    if (claim === undefined || date === undefined) {
      return refuse('IncompleteSignatureException', 'Authorization header or X-Amz-Date is missing a part.');
    }
    // The made-up key has no session; a session token can only be somebody else's.
    if (claim.accessKeyId !== this.#credentials.accessKeyId || 'x-amz-security-token' in request.headers) {
      const message = 'The security token included in the request is invalid.';
      return refuse('UnrecognizedClientException', message);
    }
    const problem =
      this.#scopeProblem(claim, date.getTime() - now, request) ??
      (await this.#signatureProblem(claim, date, request));
    return problem === undefined ? undefined : refuse('InvalidSignatureException', problem);
  }

  #scopeProblem(claim: AwsAuthorization, skewMs: number, { headers }: WireRequest): string | undefined {
    const stamp = headers['x-amz-date'];
    if (skewMs < -LONGEST_SKEW_MS) return `Signature expired: ${String(stamp)} is more than 5 min. old.`;
    if (skewMs > LONGEST_SKEW_MS)
      return `Signature not yet current: ${String(stamp)} is more than 5 min. ahead.`;
    if (claim.service !== this.#service)
      return `Credential should be scoped to correct service: '${this.#service}'.`;
    if (claim.date !== String(stamp).slice(0, 8))
      return 'Date in Credential scope does not match the date of the request.';
    const unsigned = Object.keys(headers).find(
      (name) => MUST_BE_SIGNED.test(name) && !claim.signedHeaders.has(name),
    );
    return unsigned === undefined
      ? undefined
      : `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`;
  }

  async #signatureProblem(
    claim: AwsAuthorization,
    signingDate: Date,
    request: WireRequest,
  ): Promise<string | undefined> {
    const { headers, body } = request;
    const sentHash = headers['x-amz-content-sha256'];
    if (sentHash !== undefined && sentHash !== createHash('sha256').update(body).digest('hex')) {
      return 'The value of x-amz-content-sha256 is not the hash of the body.';
    }
    const signed = Object.fromEntries(
      [...claim.signedHeaders].flatMap((name) =>
        headers[name] === undefined ? [] : [[name, String(headers[name])]],
      ),
    );
    const again = await this.#signer.sign(
      {
        method: request.method,
        protocol: 'http:',
        hostname: 'unused',
        path: request.path,
        query: readQuery(request.query),
        headers: signed,
        body,
      },
      { signingDate, signingRegion: claim.region, signableHeaders: new Set(claim.signedHeaders) },
    );
    if (readAuthorization(again.headers['authorization'] ?? '')?.signature === claim.signature)
      return undefined;
    return (
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access ' +
      'Key and signing method. Consult the service documentation for details.'
    );
  }
}

function readQuery(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

const refuse = (code: string, message: string): VendorError => ({ status: 400, code, message });
