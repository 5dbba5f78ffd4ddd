import type { ProviderErrorKind } from '../../contract/failures.js';
import type { CancelAnswer } from '../../contract/observation.js';
import { ProviderError } from '../provider.js';

/** An answer that is an error on the wire. */
export type Refusal = Exclude<CancelAnswer['kind'], 'accepted'>;

/**
 * Definite answers to CancelDataFlowTask that arrive as errors.
 *
 * That subtasks run has two documented codes, each on a page of its own. `InvalidStatus.ResourceMismatch` is without a status
 * and a message there, and its name may mean any state that does not allow a cancel: whoever is told `blocked` looks next.
 * That a file system or a data flow is not there is not said of the task: it refuses, and ends nothing.
 * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs
 * @see https://help.aliyun.com/en/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-canceldataflowtask-bmcpfs
 */
export const CANCEL_ANSWERS = {
  'InvalidStatus.ResourceMismatch': 'blocked',
  'OperationDenied.DependencyViolation': 'blocked',
  'OperationDenied.DataFlowNotSupported': 'refused',
  'InvalidFileSystem.NotFound': 'refused',
  'InvalidDataFlow.NotFound': 'refused',
  'InvalidTaskId.NotFound': 'absent',
} as const satisfies Record<string, Refusal>;

/**
 * What these begin is a refusal that left everything as it was, whatever follows. What a task that has ended or is Canceling
 * answers is not documented; a look after the refusal tells.
 */
const REFUSING = /^(InvalidStatus|OperationDenied)\./;

/** CPFS's own "no such task". That its file system or its data flow is not found says nothing of a task. */
export const ABSENT_CODE = 'InvalidTaskId.NotFound';

/** What tasks are asked for in is not there; it says nothing of a task. */
export const NO_FILE_SYSTEM_CODE = 'InvalidFileSystem.NotFound';

/**
 * How to act on NAS's own codes. Those of the gateway, and whole families such as `Missing…`, are known to the client.
 * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs
 */
export const ERROR_KINDS = {
  'InvalidTaskId.NotFound': 'invalid',
  'InvalidFileSystem.NotFound': 'invalid',
  'InvalidDataFlow.NotFound': 'invalid',
  // Nothing was done, and it passes: a look, then the same question under the same token.
  'OperationDenied.ConflictOperation': 'unavailable',
} as const satisfies Record<string, ProviderErrorKind>;

/** How CancelDataFlowTask was answered; undefined when the error is no answer. */
export function cancelAnswerOf({ code, kind }: ProviderError): Refusal | undefined {
  if (Object.hasOwn(CANCEL_ANSWERS, code)) return CANCEL_ANSWERS[code as keyof typeof CANCEL_ANSWERS];
  return kind === 'unrecognized' && REFUSING.test(code) ? 'refused' : undefined;
}

/**
 * Goes on after a refused question that was asked only to save others: a filter with several words, or by a data flow that is
 * not there, may be refused. What matters is asked without it.
 * @throws the error, when it is about more than the question.
 */
export function passOverRefusal(thrown: unknown): void {
  const kind = thrown instanceof ProviderError ? thrown.kind : undefined;
  if (kind !== 'invalid' && kind !== 'unrecognized') throw thrown;
}

/**
 * Goes on without the answer to a question that is a courtesy, where there was none for now: of a long list, the quota, the
 * vendor or the look may not have time for more. Nothing is concluded from that.
 * @throws the error, when it is an answer, understood or not.
 */
export function passOverDelay(thrown: unknown): void {
  const kind = thrown instanceof ProviderError ? thrown.kind : undefined;
  if (kind !== 'throttled' && kind !== 'unavailable') throw thrown;
}

/** What a subtask that is not there is called is not known. */
const NOT_FOUND = /\.NotFound$/;

/**
 * How CancelDataFlowSubTask was answered; undefined when the error is no answer. Its table of errors is not known in full, and no
 * code says more of a subtask than that it was not asked to end: what became of it, a look tells.
 */
export function subtaskAnswerOf(error: ProviderError): 'refused' | undefined {
  const isMissing = error.kind === 'unrecognized' && NOT_FOUND.test(error.code);
  return isMissing || cancelAnswerOf(error) !== undefined ? 'refused' : undefined;
}
