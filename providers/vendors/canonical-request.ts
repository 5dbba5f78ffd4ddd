import { createHash } from 'node:crypto';

/** What two vendors' signatures are made of. A request as the simulator receives it is one. */
export interface SignableRequest {
  readonly method: string;
  /** As it is sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it is sent, without `?`; it is decoded and encoded anew, since clients differ in what they leave bare. */
  readonly query: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string | Uint8Array;
}

/** A signed request, ready to be sent. */
export interface SentRequest extends SignableRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A signature and the texts it was made of, which a gateway shows when the signatures differ. They hold no secret key. */
export interface Signature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signature: string;
}

/** What an Authorization header claims, before anything is checked. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** Why a request is not genuine. */
export type SignatureProblem = 'unsigned-header' | 'body-hash' | 'signature';

/** Half a character, as JSON may have it; encodeURIComponent throws on it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Percent-encoding as RFC 3986 has it: only `A-Z a-z 0-9 - _ . ~` stay. Half a character becomes U+FFFD, as in UTF-8: a vendor's own text,
 * such as the token of a page, is sent back to it.
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.replaceAll(LONE_SURROGATE, '\uFFFD')).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Parameters in the one order and encoding that is signed. Sent like this, every server reads them alike. */
export function canonicalQuery(parameters: Iterable<readonly [string, string]>): string {
  return [...parameters]
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
}

/** The canonical request both vendors share; they differ in the path and in the hash of the body. */
export function canonicalRequest(
  { method, query, headers }: SignableRequest,
  signedHeaders: readonly string[],
  { path, bodyHash }: { readonly path: string; readonly bodyHash: string },
): string {
  const names = signedHeaders.toSorted(compare);
  return [
    method.toUpperCase(),
    path,
    canonicalQuery(new URLSearchParams(query)),
    ...names.map((name) => `${name}:${headerValue(headers[name])}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
}

export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function headerValue(value: string | readonly string[] | undefined): string {
  const values = typeof value === 'string' ? [value] : (value ?? []);
  return values
    .map((each) => each.trim())
    .toSorted(compare)
    .join(',');
}

/** By code unit: `localeCompare` would sort capitals among small letters. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
