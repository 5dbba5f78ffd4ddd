import type { ProviderErrorKind } from '../../../contract/failures.js';
import type { CancelAnswer } from '../../../contract/observation.js';
import { jsonObject, type HttpAnswer } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { requestIdIfAny } from '../../request-id-if-any.js';
import { retryAfterIfAny } from '../../retry-after-if-any.js';
import { LONGEST_MESSAGE } from '../../longest-message.js';

/** The vendor does not take a request as it is: one of its parameters, it does not say which. */
export const PARAMETER_ERROR = 'SFS.TURBO.0001';

/**
 * Definite answers to a delete that arrive as errors. None says by itself that the task goes on: an observation after it
 * does. That 0001 is one of them is a reading: it is the only error the documents show for the delete of an import or
 * export task, and nothing says what is answered for a running one that cannot be deleted.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteHpcCacheTask.html
 */
const REFUSALS: ReadonlySet<string> = new Set([
  PARAMETER_ERROR,
  'SFS.TURBO.0002',
  'SFS.TURBO.0015',
  'SFS.TURBO.0110',
  'SFS.TURBO.9000',
]);

/**
 * Every other code we know how to act on. "Try again later" is `unavailable`: 0011, 0037 and 0103 say that nothing was
 * done, and a repeat is preceded by a look anyhow.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfs/ErrorCode.html
 * @see https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-errorcode.html
 */
const ERROR_KINDS = {
  [PARAMETER_ERROR]: 'invalid',
  // No such file system, or not this project's. It proves nothing of a task, and only a person can tell which it is.
  'SFS.TURBO.0002': 'denied',
  'SFS.TURBO.0005': 'unavailable', // Also with status 400.
  'SFS.TURBO.0011': 'unavailable',
  'SFS.TURBO.0015': 'denied',
  'SFS.TURBO.0037': 'unavailable',
  'SFS.TURBO.0103': 'unavailable',
  'SFS.TURBO.0104': 'unavailable',
  'SFS.TURBO.0105': 'unavailable',
  'SFS.TURBO.0110': 'denied',
  'SFS.TURBO.0123': 'invalid',
  'SFS.TURBO.9000': 'denied',
  'APIGW.0101': 'invalid', // No such API here: the endpoint is another service's or region's.
  'APIGW.0301': 'unauthenticated',
} as const satisfies Record<string, ProviderErrorKind>;

const THROTTLED_CODE = 'APIGW.0308';

const MISSING_SHARE: ReadonlySet<string> = new Set(['SFS.TURBO.0002', 'SFS.TURBO.9000']);

/** The vendor's words, where they do not say what a person has to do. */
const MEANINGS: Readonly<Record<string, string>> = {
  'SFS.TURBO.0002': 'the file system does not exist, or is not of this project',
  'SFS.TURBO.9000': 'the file system does not exist, or is not of this project',
  'APIGW.0101': "the endpoint has no such API: is it SFS Turbo's, of the right region?",
};

/** All that is kept of why a credential was refused: the rest of these messages may hold the key's id. */
const CREDENTIAL_PROBLEMS = [
  'x-auth-token not found',
  'decrypt token fail',
  'verify aksk signature fail',
  'AK access failed to reach the limit',
  'signature expired',
  'ak not exist',
] as const;

/** The vendor's own "no such task", of each of its APIs. */
const ABSENT_CODES = ['SFS.TURBO.0106', 'SFS.TURBO.0124'] as const;

export type AbsentCode = (typeof ABSENT_CODES)[number];

/** An answer that is not the one that was hoped for, as a ProviderError: by its code, then by its status. */
export function toProviderError(answer: HttpAnswer): ProviderError {
  const { status, headers } = answer;
  const error = readError(answer);
  const { code = `HTTP ${status}`, message, requestId = headers['x-request-id'] } = error;
  // The gateway's codes begin with `APIGW.` in one of its tables, and with `APIG.` in another.
  const listed = error.code?.replace(/^APIG\./, 'APIGW.');
  const kind = kindOf(listed, status);
  return new ProviderError(kind, code, inWords(kind, listed ?? code, message), {
    ...requestIdIfAny(requestId),
    ...retryAfterIfAny(Number(headers['retry-after'] ?? Number.NaN) * 1_000),
  });
}

/** Whether this is the vendor's word that the task does not exist: the code, with no status that says something else. */
export function isAbsence({ code, kind }: ProviderError, absentCode: AbsentCode): boolean {
  return code === absentCode && kind === 'invalid';
}

/** Whether this is the vendor's word that the file system does not exist, or is not of this project. */
export function isMissingShare({ code, kind }: ProviderError): boolean {
  return kind === 'denied' && MISSING_SHARE.has(code);
}

/** A definite answer to the delete of a task; whatever is none is thrown on. */
export function cancelAnswerOf(thrown: unknown, absentCode: AbsentCode): CancelAnswer {
  if (!(thrown instanceof ProviderError)) throw thrown;
  const { code, message, context, kind } = thrown;
  const absent = isAbsence(thrown, absentCode);
  const refused = REFUSALS.has(code) && (kind === 'invalid' || kind === 'denied');
  if (!absent && !refused) throw thrown;
  return {
    kind: absent ? 'absent' : 'refused',
    code,
    message,
    ...requestIdIfAny(context.requestId),
  };
}

function kindOf(code: string | undefined, status: number): ProviderErrorKind {
  if (status === 401) return 'unauthenticated';
  // The gateway lets no such call through to the service, whatever status it gives it.
  if (status === 429 || code === THROTTLED_CODE) return 'throttled';
  if (status >= 500) return 'unavailable';
  if (code !== undefined && Object.hasOwn(ERROR_KINDS, code)) {
    return ERROR_KINDS[code as keyof typeof ERROR_KINDS];
  }
  const isAbsent = ABSENT_CODES.some((each) => each === code);
  // "Forbidden" by a proxy; or of a task that may be there, but not for us.
  if (status === 403 && (code === undefined || isAbsent)) return 'denied';
  return isAbsent ? 'invalid' : 'unrecognized';
}

function inWords(kind: ProviderErrorKind, code: string, message = 'no usable answer'): string {
  if (kind === 'unauthenticated') {
    const problem = CREDENTIAL_PROBLEMS.find((each) => message.includes(each));
    return problem === undefined
      ? 'the credential is not accepted'
      : `the credential is not accepted: ${problem}`;
  }
  const meaning = MEANINGS[code];
  const words = (message.split('\n', 1)[0] ?? '').slice(0, LONGEST_MESSAGE);
  return meaning === undefined ? words : `${words} (${meaning})`;
}

/** Whether it calls itself an error, in any of the shapes below. A task's own fields have other names. */
export function isError(answer: HttpAnswer): boolean {
  const { errCode, error_code: errorCode, error } = jsonObject(answer) ?? {};
  return (
    [errCode, errorCode].some((code) => typeof code === 'string') ||
    (typeof error === 'object' && error !== null)
  );
}

/** Three shapes: the service's `errCode`, the gateway's `error_code`, and `error` around a `code`. */
function readError(answer: HttpAnswer) {
  const body = jsonObject(answer) ?? {};
  const inner = body['error'];
  const error = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : body;
  return {
    code: text(error['errCode'] ?? error['error_code'] ?? error['code']),
    message: text(error['errMsg'] ?? error['error_msg'] ?? error['message']),
    requestId: text(body['request_id']),
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.slice(0, LONGEST_MESSAGE) : undefined;
