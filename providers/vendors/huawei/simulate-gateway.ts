import { randomBytes } from 'node:crypto';
import type { VendorError, WireRequest } from '../../../simulator/simulated-provider.js';
import type { SignatureClaim } from '../canonical-request.js';
import { readSdkClaim, sdkProblem } from './signature.js';
import { SIMULATED_CREDENTIALS } from '../simulated-credentials.js';

/** https://support.huaweicloud.com/intl/en-us/devg-apisign/apisign-devg-pdf.pdf: refused when the date is off by more. */
const LONGEST_SKEW_MS = 15 * 60_000;
/** https://support.huaweicloud.com/intl/en-us/ocr_faq/ocr_01_0063.html */
const LOCK_MS = 5 * 60_000;
const { huawei: ACCOUNT } = SIMULATED_CREDENTIALS;

/** What is not documented of the key's lock. */
export interface LockoutSwitches {
  readonly lockout: boolean;
  readonly badSignaturesToLock: number;
}

/** Epoch milliseconds. */
interface HuaweiTime {
  /** Cloud time. */
  readonly now: number;
  /** What the gateway's clock shows. */
  readonly shown: number;
}

/** The API gateway before all services of the vendor, with the account's one key and its tokens. Their times are cloud time. */
export class HuaweiGateway {
  /** When each token ends. */
  readonly #tokens = new Map<string, number>();
  #badSignatures = 0;
  #lockedUntil = -Infinity;

  /** Makes a token that is good until `expiresAt`. */
  issueToken(expiresAt: number): string {
    const token = `MIIsimulated${randomBytes(24).toString('base64url')}`;
    this.#tokens.set(token, expiresAt);
    return token;
  }

  /**
   * Why the caller may not call; undefined when it may. Only the date in a signature is held to what the gateway's clock shows.
   * @see https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html
   */
  refusal(
    request: WireRequest,
    { now, shown }: HuaweiTime,
    { lockout, badSignaturesToLock }: LockoutSwitches,
  ): VendorError | undefined {
    const claim = readSdkClaim(request.headers.authorization ?? '');
    const tail =
      claim === undefined
        ? this.#tokenProblem(request, now)
        : this.#keyProblem(request, claim, { now, shown });
    if (lockout && tail === 'verify aksk signature fail') this.#countBadSignature(now, badSignaturesToLock);
    return tail === undefined
      ? undefined
      : { status: 401, code: 'APIGW.0301', message: `Incorrect IAM authentication information: ${tail}` };
  }

  #keyProblem(request: WireRequest, claim: SignatureClaim, { now, shown }: HuaweiTime): string | undefined {
    if (claim.accessKeyId !== ACCOUNT.ak)
      return `Get secretKey failed,ak:${claim.accessKeyId},err:ak not exist`;
    if (now < this.#lockedUntil) return 'AK access failed to reach the limit,forbidden';
    const skewMs = Math.abs(readSdkDate(request.headers['x-sdk-date']) - shown);
    if (!(skewMs <= LONGEST_SKEW_MS)) return 'calc ak sk signature fail:signature expired';
    // The made-up key is a lasting one: a security token beside it can only be somebody else's.
    const wrong =
      'x-security-token' in request.headers || sdkProblem(request, claim, ACCOUNT.sk) !== undefined;
    if (wrong) return 'verify aksk signature fail';
    this.#badSignatures = 0;
    return undefined;
  }

  #tokenProblem({ headers }: WireRequest, now: number): string | undefined {
    const token = headers['x-auth-token'];
    if (typeof token !== 'string') return 'x-auth-token not found';
    return now < (this.#tokens.get(token) ?? -Infinity) ? undefined : 'decrypt token fail';
  }

  #countBadSignature(now: number, toLock: number): void {
    this.#badSignatures += 1;
    if (this.#badSignatures < toLock) return;
    this.#badSignatures = 0;
    this.#lockedUntil = now + LOCK_MS;
  }
}

/** Who a request says it is from. */
export function readHuaweiCaller({ headers }: WireRequest): { readonly client?: string } {
  const claim = readSdkClaim(headers.authorization ?? '');
  if (claim !== undefined) return { client: claim.accessKeyId };
  return 'x-auth-token' in headers ? { client: 'a token' } : {};
}

/** Epoch milliseconds of `X-Sdk-Date`; NaN when it is none. */
function readSdkDate(stamp: string | string[] | undefined): number {
  const iso = String(stamp).replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(iso);
}
