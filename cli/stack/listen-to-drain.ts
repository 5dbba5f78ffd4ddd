import { listenForStop, type StopRequest } from './until-stopped.js';

/** What a service is stopped by: once, it drains; twice, it answers what is under way and no more; after that, it ends. */
export function listenToDrain(err: { write(text: string): unknown }): {
  readonly stop: StopRequest;
  readonly hurry: AbortSignal;
} {
  const stop = listenForStop();
  const hurry = new AbortController();
  stop.onInsisted = () => {
    if (!hurry.signal.aborted) {
      hurry.abort();
      return 'hurries';
    }
    err.write('Stopped before all was answered.\n');
    return undefined;
  };
  return { stop, hurry: hurry.signal };
}
