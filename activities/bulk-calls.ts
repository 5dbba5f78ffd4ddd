import { setMaxListeners } from 'node:events';

const bulk = new WeakSet<AbortSignal>();

/**
 * Marks the calls that are made with a signal as a campaign's: those of single cancellations go in turn with them, however
 * many wait, and they may wait for as long as the signal lives. What `stopUntilMade` makes of the signal is marked anew.
 */
export function inBulk(signal: AbortSignal): AbortSignal {
  bulk.add(signal);
  setMaxListeners(0, signal); // Hundreds of calls may wait with it.
  return signal;
}

export function isBulk(signal: AbortSignal): boolean {
  return bulk.has(signal);
}
