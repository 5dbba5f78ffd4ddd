import { createHmac } from 'node:crypto';
import {
  canonicalQuery,
  canonicalRequest,
  percentEncode,
  sha256Hex,
  type SentRequest,
  type SignableRequest,
  type Signature,
  type SignatureClaim,
  type SignatureProblem,
} from '../canonical-request.js';

const CLAIM =
  /^ACS3-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
/** Every common header but Authorization that is sent has to be signed; these are what the official SDKs hold to. */
const MUST_BE_SIGNED = /^(host|content-type|x-acs-.*)$/;

export interface AlibabaKeys {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Of temporary keys (STS). */
  readonly securityToken?: string;
}

/** One call of an RPC-style operation. Date and nonce are passed in; a repeat needs both anew, and keeps its ClientToken. */
export interface AlibabaCall {
  readonly action: string;
  readonly version: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** As it will be sent: with the port, when it is not the scheme's own. */
  readonly host: string;
  readonly date: Date;
  readonly nonce: string;
}

/**
 * A call as it is to be sent, signed with ACS3-HMAC-SHA256: POST, all parameters in the query, no body.
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
export function signAcs3(call: AlibabaCall, keys: AlibabaKeys): SentRequest {
  const headers = {
    host: call.host,
    accept: 'application/json', // The gateway's default is XML.
    'x-acs-action': call.action,
    'x-acs-version': call.version,
    'x-acs-date': timestamp(call.date),
    'x-acs-signature-nonce': call.nonce,
    'x-acs-content-sha256': sha256Hex(''),
    ...(keys.securityToken !== undefined && {
      'x-acs-accesskey-id': keys.accessKeyId,
      'x-acs-security-token': keys.securityToken,
    }),
  };
  const query = canonicalQuery(Object.entries(call.parameters));
  const request = { method: 'POST', path: '/', query, headers, body: '' } as const;
  return { ...request, headers: { ...headers, authorization: acs3Authorization(request, keys) } };
}

/** The Authorization header of a request, over all its headers that have to be signed. */
export function acs3Authorization(request: SignableRequest, keys: AlibabaKeys): string {
  const names = Object.keys(request.headers)
    .filter((name) => MUST_BE_SIGNED.test(name))
    .toSorted();
  const { signature } = acs3Signature(request, names, keys.accessKeySecret);
  return `ACS3-HMAC-SHA256 Credential=${keys.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
}

/** The signature of a request over the named headers. The key is the secret itself: no day and no region go into it. */
export function acs3Signature(
  request: SignableRequest,
  signedHeaders: readonly string[],
  accessKeySecret: string,
): Signature {
  const canonical = canonicalRequest(request, signedHeaders, {
    path: request.path,
    bodyHash: sha256Hex(request.body),
  });
  const stringToSign = `ACS3-HMAC-SHA256\n${sha256Hex(canonical)}`;
  const signature = createHmac('sha256', accessKeySecret).update(stringToSign).digest('hex');
  return { canonicalRequest: canonical, stringToSign, signature };
}

/** Undefined when the header is not of this scheme, or a part of it is missing. */
export function readAcs3Claim(authorization: string): SignatureClaim | undefined {
  const [, accessKeyId, names, signature] = CLAIM.exec(authorization) ?? [];
  if (accessKeyId === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKeyId, signedHeaders: names.split(';'), signature };
}

/** What is wrong with a request that makes this claim; undefined when it is genuine. The date and the nonce are not looked at. */
export function acs3Problem(
  request: SignableRequest,
  claim: SignatureClaim,
  accessKeySecret: string,
): SignatureProblem | undefined {
  const mustBeSigned = Object.keys(request.headers).filter((name) => MUST_BE_SIGNED.test(name));
  if (!mustBeSigned.every((name) => claim.signedHeaders.includes(name))) return 'unsigned-header';
  if (request.headers['x-acs-content-sha256'] !== sha256Hex(request.body)) return 'body-hash';
  const { signature } = acs3Signature(request, claim.signedHeaders, accessKeySecret);
  return signature === claim.signature ? undefined : 'signature';
}

/**
 * A call as it is to be sent, signed with the legacy HMAC-SHA1 of RPC-style operations. The key's id and the token stand in
 * the query: a URL signed like this must never be logged.
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
 */
export function signRpc(call: AlibabaCall, keys: AlibabaKeys): SentRequest {
  const parameters = Object.entries({
    ...call.parameters,
    Action: call.action,
    Version: call.version,
    AccessKeyId: keys.accessKeyId,
    Format: 'JSON', // The gateway's default is XML.
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: call.nonce,
    SignatureVersion: '1.0',
    Timestamp: timestamp(call.date),
    ...(keys.securityToken !== undefined && { SecurityToken: keys.securityToken }),
  });
  const { signature } = rpcSignature('POST', parameters, keys.accessKeySecret);
  const query = canonicalQuery([...parameters, ['Signature', signature]]);
  return { method: 'POST', path: '/', query, headers: { host: call.host }, body: '' };
}

/** The legacy signature over all parameters of query and form; a `Signature` among them is left out. */
export function rpcSignature(
  method: string,
  parameters: Iterable<readonly [string, string]>,
  accessKeySecret: string,
): Omit<Signature, 'canonicalRequest'> {
  const query = canonicalQuery([...parameters].filter(([name]) => name !== 'Signature'));
  const stringToSign = `${method.toUpperCase()}&${percentEncode('/')}&${percentEncode(query)}`;
  const signature = createHmac('sha1', `${accessKeySecret}&`).update(stringToSign).digest('base64');
  return { stringToSign, signature };
}

/** Both schemes want UTC without fractions of a second. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}/, '');
}
