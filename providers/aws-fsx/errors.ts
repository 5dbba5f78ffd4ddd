import { ProviderError } from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import type { CancelAnswer } from '../../contract/observation.js';
import type { ProviderErrorKind } from '../../contract/failures.js';

/**
 * Definite answers to CancelDataRepositoryTask that arrive as errors; all have status 400, only the name tells them apart.
 * BadRequest is FSx's "generic error indicating a failure with a client request": it is not said whether canceling
 * a task that is CANCELING already answers it, so it is a refusal that an observation has to confirm.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_CancelDataRepositoryTask.html#API_CancelDataRepositoryTask_Errors
 */
export const CANCEL_ANSWERS = {
  DataRepositoryTaskEnded: 'already-ended',
  DataRepositoryTaskNotFound: 'absent',
  UnsupportedOperation: 'refused',
  BadRequest: 'refused',
} as const satisfies Record<string, CancelAnswer['kind']>;

/** FSx's own "no such task". FileSystemNotFound is not in this list: it says nothing of a task. */
export const ABSENT_CODE = 'DataRepositoryTaskNotFound';

/**
 * Every other error name we know how to act on.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
 */
const ERROR_KINDS = {
  BadRequest: 'invalid',
  FileSystemNotFound: 'invalid',
  ValidationException: 'invalid',
  SerializationException: 'invalid',
  InternalServerError: 'unavailable',
  InternalFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ServiceUnavailableException: 'unavailable',
  TimeoutError: 'unavailable',
  RequestTimeout: 'unavailable',
  RequestTimeoutException: 'unavailable',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequestsException: 'throttled',
  SlowDown: 'throttled',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  NotAuthorized: 'denied',
  OptInRequired: 'denied',
  UnrecognizedClientException: 'unauthenticated',
  InvalidClientTokenId: 'unauthenticated',
  InvalidSignatureException: 'unauthenticated',
  SignatureDoesNotMatch: 'unauthenticated',
  IncompleteSignature: 'unauthenticated',
  IncompleteSignatureException: 'unauthenticated',
  MissingAuthenticationToken: 'unauthenticated',
  MissingAuthenticationTokenException: 'unauthenticated',
  ExpiredToken: 'unauthenticated',
  ExpiredTokenException: 'unauthenticated',
  RequestExpired: 'unauthenticated',
  SecretUnreadableError: 'unauthenticated',
  CredentialsProviderError: 'unauthenticated',
  TokenProviderError: 'unauthenticated',
} as const satisfies Record<string, ProviderErrorKind>;

/** Longer than any; what is named in an answer need not be a code. */
const LONGEST_CODE = 100;

/** Transport errors, by Node's `code`: no answer came, so the effect of the call is open. */
const TRANSPORT_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** The parts of an AWS SDK error that are read here; the SDK's own types promise less than it sends. */
interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The SDK's error as a ProviderError: by name, then by transport code, then by status. */
export function toProviderError(thrown: unknown): ProviderError {
  const error: SdkError =
    thrown instanceof Error ? thrown : new Error('Something was thrown that is no Error.');
  const status = error.$metadata?.httpStatusCode;
  const retryAfterMs = readRetryAfterMs(error.$response?.headers ?? {});
  return new ProviderError(kindOf(error, status), codeOf(error, status), firstLine(error.message), {
    ...requestIdIfAny(error.$metadata?.requestId),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function kindOf(error: SdkError, status: number | undefined): ProviderErrorKind {
  if (Object.hasOwn(ERROR_KINDS, error.name)) return ERROR_KINDS[error.name as keyof typeof ERROR_KINDS];
  if (error.name === 'AbortError' || TRANSPORT_CODES.has(error.code ?? '')) return 'unavailable';
  if (status === 429) return 'throttled';
  // A proxy's HTML page arrives as SyntaxError with the status it came with.
  return status !== undefined && status >= 500 ? 'unavailable' : 'unrecognized';
}

function codeOf(error: SdkError, status: number | undefined): string {
  const isNamed = error.name !== 'SyntaxError' && error.name.trim() !== '';
  if (!isNamed && status !== undefined) return `HTTP ${status}`;
  return (error.name === 'Error' && error.code !== undefined ? error.code : error.name).slice(
    0,
    LONGEST_CODE,
  );
}

/**
 * A signature error's later lines repeat the canonical request, session token and all; and a failure above 4 KB is
 * dropped by the Temporal server.
 */
function firstLine(message: string): string {
  return (message.split('\n', 1)[0] ?? '').slice(0, 500);
}

function readRetryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const milliseconds = Number(headers['x-amz-retry-after'] ?? Number.NaN);
  if (isDelay(milliseconds)) return milliseconds;
  const seconds = Number(headers['retry-after'] ?? Number.NaN); // The HTTP-date form is not worth a guess about clocks.
  return isDelay(seconds) ? seconds * 1_000 : undefined;
}

const isDelay = (value: number): boolean => Number.isFinite(value) && value >= 0;
