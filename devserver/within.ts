/**
 * Does something under a signal that is aborted when one of the given is, or after so long. Not AbortSignal.any with
 * AbortSignal.timeout: on Node 20 the pair may be collected before it fires, and what waits for it waits for ever.
 */
export async function within<T>(
  ms: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const late = () => ended.abort(new DOMException(`Not done within ${ms / 1_000} s.`, 'TimeoutError'));
  const timer = setTimeout(late, ms);
  const heard = signals.map((signal) => {
    const hear = () => ended.abort(signal.reason);
    if (signal.aborted) hear();
    signal.addEventListener('abort', hear, { once: true });
    return () => signal.removeEventListener('abort', hear);
  });
  try {
    return await work(ended.signal);
  } finally {
    clearTimeout(timer);
    for (const forget of heard) forget();
  }
}
