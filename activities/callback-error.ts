import { ApplicationFailure } from '@temporalio/common';
import type { CallbackErrorKind, FailureType } from '../contract/failures.js';

/**
 * Why a callback was not taken. Its message names the host alone: the rest of the address may hold a token, and what the receiver
 * said is nobody's but the receiver's.
 */
export class CallbackError extends Error {
  override readonly name = 'CallbackError';

  constructor(
    readonly kind: CallbackErrorKind,
    message: string,
    readonly answer: { readonly status?: number; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
  }
}

const ADVICE = {
  notAllowed: 'Mend the config of the Workers and restart them; it is tried for three days in all.',
  unsigned: 'Mend the secret; it is tried for three days in all.',
  unreachable: 'It is tried for three days in all.',
  rejected: 'It is tried for three days in all.',
  waiting: 'It waits for its turn.',
  gone: 'It wants no more callbacks: it is not tried again.',
} as const satisfies Record<CallbackErrorKind, string>;

/** As a failure Temporal understands: all but one kind may pass, or be mended by a person, in the days that there are. */
export function toCallbackFailure(
  { kind, message, answer }: CallbackError,
  nextRetryDelay: number,
): ApplicationFailure {
  return ApplicationFailure.create({
    type: `Callback.${kind}` satisfies FailureType,
    message: `${message} ${ADVICE[kind]}`,
    nonRetryable: kind === 'gone',
    ...(answer.status !== undefined && { details: [{ status: answer.status }] }),
    nextRetryDelay,
    ...(kind === 'waiting' && { category: 'BENIGN' as const }),
  });
}
