import type { CliError } from '../cli-error.js';

/** Does what Ctrl-C ends; then throws what that means, whatever became of the work. */
export async function withInterrupt<T>(
  meaning: () => CliError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const done = await work(interrupt.signal);
    if (interrupt.signal.aborted) throw meaning();
    return done;
  } catch (error) {
    throw interrupt.signal.aborted ? meaning() : error;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
