const made = new WeakMap<AbortSignal, () => void>();

/**
 * A signal that stops a vendor call from being made, and not one that is being made: nobody would know whether a cancel
 * call that was cut off had its effect, and its own time limits end it soon.
 */
export function stopUntilMade(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  made.set(controller.signal, () => signal.removeEventListener('abort', stop));
  return controller.signal;
}

/** Told by the gate just before it makes a call. */
export function callIsMade(signal: AbortSignal): void {
  made.get(signal)?.();
}
