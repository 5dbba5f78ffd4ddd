/** One event, as Server-Sent Events have it (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface StreamEvent {
  /** Comes back as `Last-Event-ID` when the reader comes back. */
  readonly id: string;
  readonly event: string;
  /** Told as JSON, in one line. */
  readonly data: unknown;
}

export interface EventStreamOptions {
  /** Ends the stream at once, and without an error. */
  readonly signal: AbortSignal;
  /** After so long without an event, a comment shows the reader, and all that is between, that the stream is alive. */
  readonly heartbeatMs?: number;
  /** How long the reader is to wait before it comes back. */
  readonly retryMs?: number;
}

const DEFAULT_HEARTBEAT_MS = 15_000;
const DEFAULT_RETRY_MS = 3_000;

/**
 * Events as text. The next is taken when the last has been read: what a slow reader does not read is never made.
 * @throws what the events throw.
 */
export async function* eventStream(
  events: AsyncIterable<StreamEvent>,
  { signal, heartbeatMs = DEFAULT_HEARTBEAT_MS, retryMs = DEFAULT_RETRY_MS }: EventStreamOptions,
): AsyncGenerator<string> {
  yield `retry: ${retryMs}\n\n`;
  const source = events[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const news = await earliest(next, heartbeatMs, signal);
      if (news === 'heartbeat') yield ': alive\n\n';
      else if (news === 'over' || news.done === true) return;
      else {
        yield toText(news.value);
        next = source.next();
      }
    }
  } finally {
    next.catch(() => {}); // Nobody waits for it any more.
    void source.return?.();
  }
}

function toText({ id, event, data }: StreamEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Whatever comes first; nothing that was waited for is left behind. */
function earliest<T>(
  next: Promise<T>,
  heartbeatMs: number,
  signal: AbortSignal,
): Promise<T | 'heartbeat' | 'over'> {
  if (signal.aborted) return Promise.resolve('over');
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
    };
    const over = () => {
      settle();
      resolve('over');
    };
    const timer = setTimeout(() => {
      settle();
      resolve('heartbeat');
    }, heartbeatMs);
    signal.addEventListener('abort', over);
    next.finally(settle).then(resolve, reject);
  });
}
