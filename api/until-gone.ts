import type { ServerResponse } from 'node:http';

/**
 * Aborted when the reader has gone, the service is about to stop, or its time is over. Not AbortSignal.any with
 * AbortSignal.timeout: on Node 20 the pair may be collected before it fires.
 */
export function untilGone(response: ServerResponse, closing: AbortSignal, withinMs?: number): AbortSignal {
  const gone = new AbortController();
  const leave = () => gone.abort();
  if (closing.aborted || response.closed) leave();
  closing.addEventListener('abort', leave, { once: true });
  const timer = withinMs === undefined ? undefined : setTimeout(leave, withinMs);
  response.once('close', () => {
    clearTimeout(timer);
    closing.removeEventListener('abort', leave);
    leave();
  });
  return gone.signal;
}
