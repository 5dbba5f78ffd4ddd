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
  let next = new Arrival(source.next());
  try {
    for (;;) {
      await next.waitedFor(heartbeatMs, signal);
      if (signal.aborted) return;
      const news = await next.ifSettled();
      if (news === undefined) yield ': alive\n\n';
      else if (news.done === true) return;
      else {
        yield toText(news.value);
        next = new Arrival(source.next());
      }
    }
  } finally {
    void source.return?.();
  }
}

function toText({ id, event, data }: StreamEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What is waited for again and again, for days perhaps: the promise is asked once, and no wait leaves anything behind. */
class Arrival<T> {
  #isSettled = false;
  #wake: () => void = () => {};

  constructor(private readonly promise: Promise<T>) {
    const settle = () => {
      this.#isSettled = true;
      this.#wake();
    };
    promise.then(settle, settle);
  }

  /** Resolves when it has come or failed, when it has been waited for so long, or when the signal aborts. */
  waitedFor(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isSettled || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }

  /** Undefined while it has neither come nor failed. @throws what it failed with. */
  async ifSettled(): Promise<T | undefined> {
    return this.#isSettled ? this.promise : undefined;
  }
}
