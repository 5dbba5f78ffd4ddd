import type { Effect, VendorError, WireAnswer } from '../../../simulator/simulated-provider.js';

/** Where an error's code and message stand. The gateway's own errors have one shape, whatever the service behind it does. */
export type HuaweiErrorShape = 'errCode' | 'error_code' | 'error' | 'keystone';

/** What the gateway's own codes begin with; here they are all named by the first. */
export type GatewayCodes = 'APIGW' | 'APIG';

/** How errors are written. */
interface ErrorStyle {
  readonly errorShape: HuaweiErrorShape;
  readonly gatewayCodes: GatewayCodes;
}

/** What an operation answers, before it is on the wire. */
export interface HuaweiOutput {
  readonly status: number;
  /** Left out: an answer without a body. */
  readonly output?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly effect?: Effect;
}

/** An error that an operation answers with. */
export class HuaweiRefusal extends Error implements VendorError {
  override readonly name = 'HuaweiRefusal';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Answered with its status alone. */
    readonly bare = false,
  ) {
    super(message);
  }
}

export function answerWith(requestId: string, { status, output, headers, effect }: HuaweiOutput): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId, ...headers },
    body: output === undefined ? '' : JSON.stringify(output),
    ...(effect !== undefined && { effect }),
  };
}

export function refuseWith(
  requestId: string,
  error: VendorError & { readonly bare?: boolean },
  { errorShape, gatewayCodes }: ErrorStyle,
): WireAnswer {
  const { status, retryAfterMs, bare = false } = error;
  const code = error.code.replace(/^APIGW\./, `${gatewayCodes}.`);
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-request-id': requestId,
      ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
    },
    body: bare
      ? ''
      : JSON.stringify(errorBody(requestId, { ...error, code, message: error.message }, errorShape)),
    errorCode: code,
  };
}

/**
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteHpcCacheTask.html (the service's)
 * @see https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html (the gateway's)
 * @see https://docs.openstack.org/api-ref/identity/v3/ (IAM's: that it keeps to Keystone's is not documented)
 */
function errorBody(requestId: string, { status, code, message }: VendorError, shape: HuaweiErrorShape) {
  if (shape === 'error_code' || /^APIGW?\./.test(code))
    return { error_msg: message, error_code: code, request_id: requestId };
  if (shape === 'errCode') return { errCode: code, errMsg: message };
  return { error: shape === 'error' ? { code, message } : { code: status, message, title: code } };
}
