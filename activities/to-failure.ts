import { ApplicationFailure } from '@temporalio/common';
import type { FailureType, ProviderErrorKind } from '../contract/failures.js';
import { slowestMs, type Pacing } from '../providers/pacing.js';
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

const PATIENT_ADVICE =
  'This version does not know this answer; it proves nothing, and Quiesce looks again, rarely.';

/** A pending Activity's failure above 4 KB is dropped by the Temporal server. */
const LONGEST_MESSAGE = 1_000;
const LONGEST_CODE = 200;

/** An adapter's error as a failure Temporal understands. What is not a ProviderError is our own bug and goes on as it is. */
export function toFailure(thrown: unknown, connection: LiveConnection, retry: RetryOptions): unknown {
  if (!(thrown instanceof ProviderError)) return thrown;
  const { kind, code, context } = thrown;
  return ApplicationFailure.create({
    type: `Provider.${kind}` satisfies FailureType,
    message: sentence(connection.name, thrown, retry),
    nonRetryable: isFinal(kind, retry),
    details: [{ code, requestId: context.requestId }],
    nextRetryDelay: nextTryMs(thrown, connection, retry),
    // Not a warning for each of a thousand that wait: the breaker tells of a credential once.
    ...(thrown instanceof HeldBackError && { category: 'BENIGN' }),
  });
}

/** Whether it is trouble that passes by itself: the same call is worth another try soon. */
export function passesSoon(error: ProviderError): boolean {
  return RETRY[error.kind] === 'soon';
}

export interface RetryOptions {
  readonly delayMs: (retryAfterMs?: number) => number;
  /** What would not be tried again is, at the slowest pace. */
  readonly patiently?: boolean;
}

function isFinal(kind: ProviderErrorKind, { patiently = false }: RetryOptions): boolean {
  return RETRY[kind] === 'never' && !patiently;
}

function nextTryMs(error: ProviderError, { pacing }: LiveConnection, { delayMs }: RetryOptions): number {
  // Nothing is added to what the queue or the breaker said, whatever the number of attempts: it is about its turn.
  if (error instanceof HeldBackError) return finite(error.retryAfterMs, pacing);
  return RETRY[error.kind] === 'soon'
    ? finite(delayMs(error.context.retryAfterMs), pacing)
    : slowestMs(pacing);
}

/** A delay that is no number would end the Worker, with all that it works at. */
function finite(delayMs: number, pacing: Pacing): number {
  return Number.isFinite(delayMs) ? delayMs : slowestMs(pacing);
}

function sentence(connection: string, error: ProviderError, retry: RetryOptions): string {
  const message = error.message.slice(0, LONGEST_MESSAGE).replace(/[.\s]*$/, '.');
  return `${connection}: ${error.code.slice(0, LONGEST_CODE)}: ${message} ${adviceOn(error, retry)}`;
}

function adviceOn(error: ProviderError, { patiently = false }: RetryOptions): string {
  if (error instanceof HeldBackError && error.kind === 'throttled')
    return 'It was not made; it waits for its turn.';
  if (patiently && RETRY[error.kind] === 'never') return PATIENT_ADVICE;
  return ADVICE[error.kind];
}
