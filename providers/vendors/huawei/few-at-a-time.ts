import type { ProviderErrorKind } from '../../../contract/failures.js';
import { ProviderError } from '../../provider.js';

/**
 * A key that is revoked meanwhile makes a bad signature of every call that is on its way, and more than five of them in a
 * row lock it for minutes.
 * @see https://support.huaweicloud.com/intl/en-us/ocr_faq/ocr_01_0063.html
 */
const MOST_AT_ONCE = 4;

/** Errors of one task alone. After any other, the calls that are left would fail alike. */
const OF_ONE_TASK: ReadonlySet<ProviderErrorKind> = new Set(['invalid', 'unrecognized']);

/**
 * Makes a call for each task, a few at a time, and ends when all that were made are over. None is begun after an error that
 * is not of one task alone.
 * @throws the error that stopped it, or else the first.
 */
export async function fewAtATime<Task>(
  tasks: readonly Task[],
  call: (task: Task) => Promise<void>,
): Promise<void> {
  const waiting = tasks.values();
  const thrown: { readonly error: unknown }[] = [];
  let stopped: { readonly error: unknown } | undefined;

  async function work(): Promise<void> {
    // The lanes share one iterator: each takes whichever task is next.
    for (const task of waiting) {
      try {
        await call(task);
      } catch (error) {
        thrown.push({ error });
        if (!isOfOneTask(error)) stopped ??= { error };
      }
      if (stopped !== undefined) return;
    }
  }

  await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
  const failure = stopped ?? thrown[0];
  if (failure !== undefined) throw failure.error;
}

function isOfOneTask(error: unknown): boolean {
  return error instanceof ProviderError && OF_ONE_TASK.has(error.kind);
}
