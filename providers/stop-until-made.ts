import { ProviderError } from './provider.js';

interface Unmade {
  readonly mayBeMade: () => boolean;
  /** From now on it is not stopped. */
  readonly letGo: () => void;
}

const unmade = new WeakMap<AbortSignal, Unmade>();

/**
 * A signal that stops a vendor call from being made, and not one that is being made: nobody would know whether a cancel
 * call that was cut off had its effect, and its own time limits end it soon.
 * @param mayBeMade asked at the last moment: the call may have waited for its turn for long.
 */
export function stopUntilMade(signal: AbortSignal, mayBeMade: () => boolean = () => true): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  unmade.set(controller.signal, {
    mayBeMade,
    letGo: () => signal.removeEventListener('abort', stop),
  });
  return controller.signal;
}

/**
 * Told by the gate just before it makes a call.
 * @throws ProviderError `unavailable` when it may not be made any more.
 */
export function callIsMade(signal: AbortSignal): void {
  const call = unmade.get(signal);
  if (call === undefined) return;
  if (!call.mayBeMade())
    throw new ProviderError('unavailable', 'AbortError', 'the call was given up before it was made');
  call.letGo();
}
