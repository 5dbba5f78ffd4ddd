import { once } from 'node:events';
import type { CliError } from '../cli-error.js';

/** Does what Ctrl-C ends; then throws what that means. @param meaning is given what was done in spite of it. */
export async function withInterrupt<T>(
  meaning: (done?: T) => CliError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let done: T;
  try {
    done = await work(interrupt.signal);
  } catch (error) {
    throw interrupt.signal.aborted ? meaning() : error;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  if (interrupt.signal.aborted) throw meaning(done);
  return done;
}

/** Waits no longer than until it is interrupted; what was asked for goes on elsewhere. */
export async function unlessInterrupted<T>(signal: AbortSignal, waiting: Promise<T>): Promise<T> {
  const interrupted = once(signal, 'abort').then(() => signal.throwIfAborted());
  // Whoever is last is heard by nobody.
  waiting.catch(() => {});
  return (await Promise.race([waiting, interrupted])) as T;
}
