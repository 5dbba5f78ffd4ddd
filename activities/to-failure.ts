import { ApplicationFailure } from '@temporalio/common';
import type { FailureType, ProviderErrorKind } from '../contract/failures.js';
import { slowestMs } from '../providers/pacing.js';
import { ProviderError } from '../providers/provider.js';
import { HeldBackError } from './held-back-error.js';
import type { LiveConnection } from './live-connection.js';

type Retry = 'soon' | 'slowly' | 'never';

/** The only place where a provider's error becomes a retry decision. */
const RETRY = {
  throttled: 'soon',
  unavailable: 'soon',
  // A person has to mend these. They are tried rarely: a thousand waiting Workflows must not lock a key.
  unauthenticated: 'slowly',
  denied: 'slowly',
  invalid: 'never',
  // Retrying what we do not understand would hide it until the deadline.
  unrecognized: 'never',
} as const satisfies Record<ProviderErrorKind, Retry>;

/** What a person can do about it; part of the message, because the Temporal UI shows nothing else of a failure. */
const ADVICE = {
  throttled: 'The vendor is throttling this connection; Quiesce goes on more slowly.',
  unavailable: 'Quiesce keeps trying.',
  unauthenticated: "Mend the connection's credential; Quiesce tries again by itself.",
  denied: 'Mend the permissions; Quiesce tries again by itself, at once with `quiesce poll-now`.',
  invalid: 'The vendor calls the request malformed; it is not repeated.',
  unrecognized: 'This version does not know this answer and does not guess; it is not repeated.',
} as const satisfies Record<ProviderErrorKind, string>;

/** An adapter's error as a failure Temporal understands. What is not a ProviderError is our own bug and goes on as it is. */
export function toFailure(
  thrown: unknown,
  connection: LiveConnection,
  delayMs: (retryAfterMs?: number) => number,
): unknown {
  if (!(thrown instanceof ProviderError)) return thrown;
  const { kind, code, message, context } = thrown;
  return ApplicationFailure.create({
    type: `Provider.${kind}` satisfies FailureType,
    message: `${connection.name}: ${code}: ${message.replace(/[.\s]*$/, '.')} ${adviceOn(thrown)}`,
    nonRetryable: RETRY[kind] === 'never',
    details: [{ code, requestId: context.requestId }],
    nextRetryDelay: nextTryMs(thrown, connection, delayMs),
    // Not a warning for each of a thousand that wait: the breaker tells of a credential once.
    ...(thrown instanceof HeldBackError && { category: 'BENIGN' }),
  });
}

function nextTryMs(
  error: ProviderError,
  { pacing }: LiveConnection,
  delayMs: (retryAfterMs?: number) => number,
): number {
  // Nothing is added to what the queue or the breaker said, whatever the number of attempts: it is about its turn.
  if (error instanceof HeldBackError) return error.retryAfterMs;
  return RETRY[error.kind] === 'slowly' ? slowestMs(pacing) : delayMs(error.context.retryAfterMs);
}

function adviceOn(error: ProviderError): string {
  const waits = error instanceof HeldBackError && error.kind === 'throttled';
  return waits ? 'It was not made; it waits for its turn.' : ADVICE[error.kind];
}
