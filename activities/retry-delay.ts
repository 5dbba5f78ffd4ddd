import { activityInfo, Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { retryDelayMs } from '../providers/pacing.js';
import type { LiveConnection } from './live-connection.js';
import { toFailure } from './to-failure.js';

type DelayMs = (retryAfterMs?: number) => number;

/**
 * Makes vendor calls; their error becomes a failure that says when to try again. With `patiently`, also what would end the
 * cancellation otherwise: one strange answer must not end a proof that is under way, and to look again does no harm.
 */
export async function withRetryDelay<T>(
  connection: LiveConnection,
  delayMs: DelayMs,
  call: () => Promise<T>,
  options: { readonly patiently?: boolean } = {},
): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    // What broke off because it was given up is no failure of the vendor's.
    if (Context.current().cancellationDetails?.cancelRequested === true)
      throw new CancelledFailure('Given up.');
    throw toFailure(thrown, connection, { delayMs, ...options });
  }
}

/** The delay before this Activity's next attempt: ever longer. */
export function retryDelay({ pacing }: LiveConnection): DelayMs {
  return (retryAfterMs) => retryDelayMs(pacing, activityInfo().attempt, retryAfterMs);
}
