import { ProviderError } from '../provider.js';
import { requestIdIfAny } from '../request-id-if-any.js';
import { retryAfterIfAny } from '../retry-after-if-any.js';
import type { CancelAnswer } from '../../contract/observation.js';
import type { ProviderErrorKind } from '../../contract/failures.js';
import type { HttpAnswer } from '../http.js';

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
  // Answers about a task: whoever is told them has been recognized.
  DataRepositoryTaskEnded: 'invalid',
  DataRepositoryTaskNotFound: 'invalid',
  UnsupportedOperation: 'invalid',
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
export const LONGEST_CODE = 100;

/** Transport errors, by Node's `code`: no answer came, so the effect of the call is open. */
export const TRANSPORT_CODES: ReadonlySet<string> = new Set([
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

/**
 * An answer that is no success as a ProviderError: by the name it gives, then by its status.
 * @param body its JSON object; undefined where it is none, such as a proxy's HTML page.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 */
export function toAnswerError(
  { status, headers }: HttpAnswer,
  body: Readonly<Record<string, unknown>> | undefined,
): ProviderError {
  const name = nameOf(headers['x-amzn-errortype'] ?? body?.['__type'] ?? body?.['code']);
  const message = body?.['message'] ?? body?.['Message'];
  return new ProviderError(
    (name === undefined ? undefined : kindByName(name)) ?? kindByStatus(status),
    name ?? `HTTP ${status}`,
    typeof message === 'string' ? firstLine(message) : `FSx answered ${status}.`,
    { ...requestIdIfAny(headers['x-amzn-requestid']), ...retryAfterIfAny(readRetryAfterMs(headers)) },
  );
}

/** What went wrong before a call was made, and before a credential was wanted: an endpoint of the SDK's that cannot be had. */
export function toProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const error: NodeJS.ErrnoException =
    thrown instanceof Error ? thrown : new Error('Something was thrown that is no Error.');
  const isUnavailable = error.name === 'AbortError' || TRANSPORT_CODES.has(error.code ?? '');
  const name = error.name === 'Error' && error.code !== undefined ? error.code : error.name;
  return new ProviderError(
    kindByName(error.name) ?? (isUnavailable ? 'unavailable' : 'unrecognized'),
    name.slice(0, LONGEST_CODE),
    firstLine(error.message),
  );
}

/** Whether AWS's services, and the SDK, name so what passes by itself. */
export function isPassingName(name: string): boolean {
  const kind = kindByName(name);
  return name === 'AbortError' || kind === 'unavailable' || kind === 'throttled';
}

/** `FileSystemNotFound`, of `com.amazonaws.fsx#FileSystemNotFound:http://…` */
function nameOf(type: unknown): string | undefined {
  const name = typeof type === 'string' ? type.split(/[,:]/, 1)[0]?.split('#').at(-1)?.trim() : undefined;
  return name === '' ? undefined : name?.slice(0, LONGEST_CODE);
}

function kindByName(name: string): ProviderErrorKind | undefined {
  return Object.hasOwn(ERROR_KINDS, name) ? ERROR_KINDS[name as keyof typeof ERROR_KINDS] : undefined;
}

function kindByStatus(status: number): ProviderErrorKind {
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'unrecognized';
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
