import { activityInfo } from '@temporalio/activity';
import { retryDelayMs } from '../providers/pacing.js';
import type { LiveConnection } from './live-connection.js';
import { toFailure } from './to-failure.js';

type DelayMs = (retryAfterMs?: number) => number;

/** Makes vendor calls; their error becomes a failure that says when to try again. */
export async function withRetryDelay<T>(
  connection: LiveConnection,
  delayMs: DelayMs,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw toFailure(thrown, connection, delayMs);
  }
}

/** The delay before this Activity's next attempt: ever longer. */
export function retryDelay({ pacing }: LiveConnection): DelayMs {
  return (retryAfterMs) => retryDelayMs(pacing, activityInfo().attempt, retryAfterMs);
}
