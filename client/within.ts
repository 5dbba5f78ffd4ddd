import type { Client } from '@temporalio/client';

/** Nobody answered in time. */
export class NoAnswerInTimeError extends Error {
  override readonly name = 'NoAnswerInTimeError';

  constructor(ms: number) {
    super(`no answer within ${ms / 1_000} s`);
  }
}

/** The call's own deadline comes first, where it is kept: it knows what was wrong. */
const GRACE_MS = 250;

/**
 * Asks Temporal for something, and waits for it for so long at most, whoever has made the connection: on one without
 * `retryInTime`, a call outlives its deadline by seconds.
 * @throws NoAnswerInTimeError; what `ask` throws.
 */
export async function within<T>(client: Client, ms: number, ask: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerInTimeError(ms)), ms + GRACE_MS);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + ms, ask), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
