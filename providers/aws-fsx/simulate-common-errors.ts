import type { VendorError } from '../../simulator/simulated-provider.js';
import type { FsxSwitches } from './simulate-switches.js';

/** What the simulation calls throttling; on the wire it is what the switch says. */
export const THROTTLED = {
  status: 400,
  code: 'ThrottlingException',
  message: 'Rate exceeded',
} as const satisfies VendorError;

/**
 * The names that JSON services give to what the list of common errors calls otherwise.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
 */
const COMMON_NAMES: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
};

/** A scripted throttling, too, is what the switch says. */
export function asSwitched(error: VendorError, { throttledAs }: FsxSwitches): VendorError {
  return error.code === THROTTLED.code ? renamed(error, throttledAs) : error;
}

/** Why a caller may not call, as the switch says it. */
export function authenticationError(error: VendorError, { authenticationAs }: FsxSwitches): VendorError {
  const [names, status] = authenticationAs.split(' ');
  const name = names === 'common' ? (COMMON_NAMES[error.code] ?? error.code) : error.code;
  return renamed(error, `${name} ${status ?? ''}`);
}

/** @param as a code, and the status that it comes with. */
function renamed({ message, retryAfterMs }: VendorError, as: string): VendorError {
  const [code = '', status] = as.split(' ');
  return { message, code, status: Number(status), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
