import type { VendorError } from '../../../simulator/simulated-provider.js';
import { acs3Problem, acs3Signature, rpcSignature, type AlibabaKeys } from './signature.js';
import type { GatewaySwitches } from './simulate-gateway.js';
import type { AlibabaCaller, AlibabaRequest } from './simulate-request.js';
import { SIMULATED_CREDENTIALS } from '../simulated-credentials.js';

const KEYS: readonly AlibabaKeys[] = [SIMULATED_CREDENTIALS.alibaba, SIMULATED_CREDENTIALS.alibabaTemporary];
const VALIDITY_MS = { '15m': 15 * 60_000, '31m': 31 * 60_000 } as const;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * Checks who calls: key, date, signature, nonce. The order is not documented.
 * @see https://help.aliyun.com/en/document_detail/434846.html for codes, statuses and texts.
 */
export class AlibabaSignatureCheck {
  readonly #switches: () => GatewaySwitches;
  /** When each nonce was used, epoch milliseconds, oldest first. */
  readonly #nonces = new Map<string, number>();

  /** @param switches read again with every call. */
  constructor(switches: () => GatewaySwitches) {
    this.#switches = switches;
  }

  /**
   * The error the gateway answers; undefined when the call is genuine.
   * @param now what the gateway's clock shows, epoch milliseconds.
   */
  refusal({ wire, caller }: AlibabaRequest, now: number): VendorError | undefined {
    const missing = missingPart(caller);
    if (missing !== undefined) return missing;
    const keys = KEYS.find(({ accessKeyId }) => accessKeyId === caller.accessKeyId);
    if (keys === undefined)
      return refuse(
        'InvalidAccessKeyId.NotFound',
        'Specified access key is not found.',
        this.#switches().unknownKeyStatus,
      );
    return (
      this.#dateProblem(caller.timestamp ?? '', now) ??
      tokenProblem(caller, keys) ??
      signatureProblem(wire, caller, keys, this.#switches().signatureMismatchStatus) ??
      this.#nonceProblem(caller.nonce ?? '')
    );
  }

  /** How far a date may be off, in either direction. */
  get #validityMs(): number {
    return VALIDITY_MS[this.#switches().timestampValidity];
  }

  #dateProblem(timestamp: string, now: number): VendorError | undefined {
    const at = TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(at))
      return refuse('InvalidTimeStamp.Format', 'Specified time stamp or date value is not well formatted.');
    if (Math.abs(at - now) <= this.#validityMs) return undefined;
    return refuse('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
  }

  /** A nonce is remembered for as long as a request that has it could still be in date. */
  #nonceProblem(nonce: string): VendorError | undefined {
    const now = Date.now();
    for (const [old, usedAt] of this.#nonces) {
      if (now - usedAt <= 2 * this.#validityMs) break;
      this.#nonces.delete(old);
    }
    if (this.#nonces.has(nonce))
      return refuse('SignatureNonceUsed', 'Specified signature nonce was used already.');
    this.#nonces.set(nonce, now);
    return undefined;
  }
}

function missingPart(caller: AlibabaCaller): VendorError | undefined {
  if (caller.scheme === 'ACS3-HMAC-SHA256' && caller.claim === undefined)
    return refuse('IncompleteSignature', 'The request signature does not conform to Aliyun standards.');
  if (caller.scheme === 'HMAC-SHA1' && caller.method !== 'HMAC-SHA1')
    return refuse('InvalidSignatureMethod', 'Specified signature method is not valid.');
  const needed = {
    AccessKeyId: caller.accessKeyId,
    SignatureNonce: caller.nonce,
    Timestamp: caller.timestamp,
    ...(caller.scheme === 'HMAC-SHA1' && { Signature: caller.signature }),
  };
  const missing = Object.entries(needed).find(([, value]) => value === undefined)?.[0];
  return missing === undefined
    ? undefined
    : refuse(`Missing${missing}`, `${missing} is mandatory for this action.`);
}

function tokenProblem({ securityToken }: AlibabaCaller, keys: AlibabaKeys): VendorError | undefined {
  if (securityToken === keys.securityToken) return undefined;
  if (securityToken === undefined)
    return refuse('MissingSecurityToken', 'SecurityToken is mandatory for this action.');
  if (keys.securityToken === undefined)
    return refuse(
      'InvalidSecurityToken.MismatchWithAccessKey',
      'Specified SecurityToken mismatch with the AccessKey.',
    );
  return refuse('InvalidSecurityToken.Malformed', 'Specified SecurityToken is malformed.');
}

/** As in reality, the text repeats what the gateway signed: with the legacy scheme the key's id and the token are in it. */
function signatureProblem(
  wire: AlibabaRequest['wire'],
  caller: AlibabaCaller,
  keys: AlibabaKeys,
  status: number,
): VendorError | undefined {
  const ours = expected(wire, caller, keys);
  if (ours === undefined) return undefined;
  return refuse(
    'SignatureDoesNotMatch',
    `Specified signature is not matched with our calculation. server string to sign is:${ours}`,
    status,
  );
}

/** What should have been signed; undefined when it was. */
function expected(
  wire: AlibabaRequest['wire'],
  caller: AlibabaCaller,
  keys: AlibabaKeys,
): string | undefined {
  if (caller.scheme === 'HMAC-SHA1') {
    const { signature, stringToSign } = rpcSignature(wire.method, caller.signed, keys.accessKeySecret);
    return signature === caller.signature ? undefined : stringToSign;
  }
  const { claim } = caller;
  if (claim === undefined || acs3Problem(wire, claim, keys.accessKeySecret) === undefined) return undefined;
  return acs3Signature(wire, claim.signedHeaders, keys.accessKeySecret).stringToSign;
}

const refuse = (code: string, message: string, status = 400): VendorError => ({ status, code, message });
