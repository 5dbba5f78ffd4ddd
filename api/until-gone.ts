import type { ServerResponse } from 'node:http';

/**
 * Aborted when the reader has gone, one of the signals is, for its reason, or its time is over. Not AbortSignal.any with
 * AbortSignal.timeout: on Node 20 the pair may be collected before it fires.
 */
export function untilGone(
  response: ServerResponse,
  signals: readonly AbortSignal[],
  withinMs?: number,
): AbortSignal {
  const gone = new AbortController();
  const leave = () => gone.abort();
  if (response.closed) leave();
  const heard = signals.map((signal) => {
    const hear = () => gone.abort(signal.reason);
    if (signal.aborted) hear();
    signal.addEventListener('abort', hear, { once: true });
    return () => signal.removeEventListener('abort', hear);
  });
  const timer = withinMs === undefined ? undefined : setTimeout(leave, withinMs);
  response.once('close', () => {
    clearTimeout(timer);
    for (const forget of heard) forget();
    leave();
  });
  return gone.signal;
}
