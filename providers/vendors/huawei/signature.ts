import { createHmac } from 'node:crypto';
import { unescape } from 'node:querystring';
import {
  canonicalRequest,
  percentEncode,
  sha256Hex,
  type SentRequest,
  type SignableRequest,
  type Signature,
  type SignatureClaim,
  type SignatureProblem,
} from '../canonical-request.js';

const CLAIM = /^SDK-HMAC-SHA256\s+Access=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
/** Without the host a signature holds anywhere, without the date for ever; every official signer signs both. */
const MUST_BE_SIGNED = ['host', 'x-sdk-date'] as const;
/** Said in `X-Sdk-Content-Sha256` by the official SDKs for bodies that are not JSON; it then stands in place of the body's hash. */
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

export interface HuaweiKeys {
  readonly ak: string;
  readonly sk: string;
  /** Of temporary keys. */
  readonly securityToken?: string;
}

/**
 * A request signed with SDK-HMAC-SHA256. It needs a `host` header just as it will be sent, with the port when that is not
 * the scheme's own, and JSON as its body if any. There is no nonce: the same request in the same second has the same signature.
 * @see https://support.huaweicloud.com/intl/en-us/devg-apisign/apisign-devg-pdf.pdf
 */
export function signSdk(request: SentRequest, keys: HuaweiKeys, date: Date): SentRequest {
  const headers = {
    ...request.headers,
    'x-sdk-date': date.toISOString().replaceAll(/[-:]|\.\d{3}/g, ''),
    ...(keys.securityToken !== undefined && { 'x-security-token': keys.securityToken }),
  };
  return {
    ...request,
    headers: { ...headers, authorization: sdkAuthorization({ ...request, headers }, keys) },
  };
}

/** The Authorization header of a request, over all its headers but those that gateways drop. */
export function sdkAuthorization(request: SignableRequest, keys: HuaweiKeys): string {
  const names = Object.keys(request.headers)
    .filter((name) => name !== 'authorization' && !name.includes('_')) // nginx and its like drop names with underscores.
    .toSorted();
  const { signature } = sdkSignature(request, names, keys.sk);
  return `SDK-HMAC-SHA256 Access=${keys.ak}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

/** The signature of a request over the named headers. The key is the SK itself: no day and no region go into it. */
export function sdkSignature(
  request: SignableRequest,
  signedHeaders: readonly string[],
  sk: string,
): Signature {
  const canonical = canonicalRequest(request, signedHeaders, {
    path: canonicalPath(request.path),
    bodyHash: bodyHash(request),
  });
  const stringToSign = `SDK-HMAC-SHA256\n${String(request.headers['x-sdk-date'])}\n${sha256Hex(canonical)}`;
  const signature = createHmac('sha256', sk).update(stringToSign).digest('hex');
  return { canonicalRequest: canonical, stringToSign, signature };
}

/** Undefined when the header is not of this scheme, or a part of it is missing. */
export function readSdkClaim(authorization: string): SignatureClaim | undefined {
  const [, accessKeyId, names, signature] = CLAIM.exec(authorization) ?? [];
  if (accessKeyId === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKeyId, signedHeaders: names.split(';'), signature };
}

/** What is wrong with a request that makes this claim; undefined when it is genuine. Whether the date is now is not looked at. */
export function sdkProblem(
  request: SignableRequest,
  claim: SignatureClaim,
  sk: string,
): SignatureProblem | undefined {
  if (!MUST_BE_SIGNED.every((name) => claim.signedHeaders.includes(name))) return 'unsigned-header';
  const { signature } = sdkSignature(request, claim.signedHeaders, sk);
  return signature === claim.signature ? undefined : 'signature';
}

/** Decoded, so that an encoded path is not encoded twice, and always with a slash at its end, which is not sent. */
function canonicalPath(path: string): string {
  const encoded = unescape(path).split('/').map(percentEncode).join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

function bodyHash({ headers, body }: SignableRequest): string {
  const unsigned = headers['x-sdk-content-sha256'] === UNSIGNED_PAYLOAD && body.length > 0;
  return unsigned ? UNSIGNED_PAYLOAD : sha256Hex(body);
}
