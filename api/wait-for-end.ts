import type { Client } from '@temporalio/client';
import { CancellationFailedError, type CancellationHandle } from '../client/index.js';
import { whileTemporalAnswers } from '../client/while-temporal-answers.js';

/**
 * Waits until a cancellation has ended, however it ended, or the signal says that nobody waits any more. Nothing goes on
 * waiting after that, neither here nor at Temporal.
 * @throws CancellationNotFoundError.
 */
export async function waitForEnd(
  client: Client,
  handle: CancellationHandle,
  signal: AbortSignal,
): Promise<void> {
  try {
    await whileTemporalAnswers(client, () => client.withAbortSignal(signal, () => handle.verdict()));
  } catch (thrown) {
    if (signal.aborted || thrown instanceof CancellationFailedError) return;
    throw thrown;
  }
}
