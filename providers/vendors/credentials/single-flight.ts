import { ProviderError } from '../../provider.js';

/** One piece of work, shared by all who ask for it while it lasts. Whoever gives up stops waiting; the work goes on for the others. */
export class SingleFlight<T> {
  readonly #work: () => Promise<T>;
  #running: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  async join(signal: AbortSignal): Promise<T> {
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    return orAborted(this.#running, signal);
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new ProviderError('unavailable', 'AbortError', 'the call was given up'));
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
