import type { WireRequest } from '../../../simulator/simulated-provider.js';
import { readAcs3Claim } from './signature.js';
import type { SignatureClaim } from '../canonical-request.js';

/** A call of an RPC-style operation as the gateway reads it; nothing of it is checked yet. */
export interface AlibabaRequest {
  readonly wire: WireRequest;
  readonly action: string;
  /** The operation's own, decoded, of query and form together. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the caller wants the answer in; XML is the gateway's default. */
  readonly format: 'json' | 'xml';
  readonly host: string;
  /** Who says to have sent it, when, and under which nonce. */
  readonly caller: AlibabaCaller;
}

interface CallerClaims {
  readonly accessKeyId?: string;
  readonly securityToken?: string;
  readonly nonce?: string;
  readonly timestamp?: string;
}

export type AlibabaCaller =
  | (CallerClaims & { readonly scheme: 'ACS3-HMAC-SHA256'; readonly claim?: SignatureClaim })
  | (CallerClaims & {
      readonly scheme: 'HMAC-SHA1';
      readonly signature?: string;
      /** All that is signed, the common parameters included. */
      readonly signed: readonly (readonly [string, string])[];
      readonly method?: string;
    });

/** Parameters of the legacy scheme that belong to the call, not to the operation. */
const COMMON_PARAMETERS: ReadonlySet<string> = new Set([
  'Action',
  'Version',
  'Format',
  'AccessKeyId',
  'SecurityToken',
  'Signature',
  'SignatureMethod',
  'SignatureNonce',
  'SignatureType',
  'SignatureVersion',
  'Timestamp',
]);

/**
 * Understands a request of either scheme; undefined when it is not for this version of a product, or none at all.
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
 */
export function readAlibabaRequest(wire: WireRequest, version: string): AlibabaRequest | undefined {
  if (wire.path !== '/') return undefined;
  const given = [...new URLSearchParams(wire.query), ...formParameters(wire)];
  const all = Object.fromEntries(given);
  // The vendor's SDKs send `x-acs-version` in either scheme; only the legacy one names the action as a parameter.
  const read = 'Action' in all ? readRpc(all, given) : readAcs3(wire);
  if (read.version !== version || read.action === undefined) return undefined;
  const { action, format, caller } = read;
  const own =
    read.caller.scheme === 'HMAC-SHA1' ? given.filter(([name]) => !COMMON_PARAMETERS.has(name)) : given;
  return { wire, action, format, caller, parameters: Object.fromEntries(own), host: wire.headers.host ?? '' };
}

type Read = Pick<AlibabaRequest, 'format' | 'caller'> & {
  readonly action: string | undefined;
  readonly version: string | undefined;
};

function readAcs3({ headers }: WireRequest): Read {
  const header = (name: string) => (typeof headers[name] === 'string' ? headers[name] : undefined);
  const claim = readAcs3Claim(headers.authorization ?? '');
  return {
    action: header('x-acs-action'),
    version: header('x-acs-version'),
    format: headers.accept?.includes('application/json') ? 'json' : 'xml',
    caller: {
      scheme: 'ACS3-HMAC-SHA256',
      ...(claim !== undefined && { claim, accessKeyId: claim.accessKeyId }),
      ...present('securityToken', header('x-acs-security-token')),
      ...present('nonce', header('x-acs-signature-nonce')),
      ...present('timestamp', header('x-acs-date')),
    },
  };
}

function readRpc(
  all: Readonly<Record<string, string | undefined>>,
  signed: readonly (readonly [string, string])[],
): Read {
  return {
    action: all['Action'],
    version: all['Version'],
    format: all['Format']?.toUpperCase() === 'JSON' ? 'json' : 'xml',
    caller: {
      scheme: 'HMAC-SHA1',
      signed,
      ...present('method', all['SignatureMethod']),
      ...present('signature', all['Signature']),
      ...present('accessKeyId', all['AccessKeyId']),
      ...present('securityToken', all['SecurityToken']),
      ...present('nonce', all['SignatureNonce']),
      ...present('timestamp', all['Timestamp']),
    },
  };
}

function formParameters({ headers, body }: WireRequest): Iterable<[string, string]> {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return isForm ? new URLSearchParams(body.toString('utf8')) : [];
}

function present<Name extends string>(name: Name, value: string | undefined): { [_ in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [_ in Name]?: string });
}
