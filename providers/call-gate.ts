import { callIsMade } from './stop-until-made.js';

/**
 * What stands before every vendor call of a connection: its turn within the quota, and a stop while the vendor does not
 * accept the credential. An adapter knows nothing of either.
 */
export interface CallGate {
  /**
   * Makes one vendor call when it is its turn. No call passes inside another's: the outer one would wait for the inner one,
   * and that for the outer one's answer.
   * @param operation the vendor's name of the operation, one of the definition's `operations`.
   * @throws ProviderError of the call; or `throttled` or `unauthenticated` without having made it.
   */
  pass<T>(operation: string, signal: AbortSignal, call: () => Promise<T>): Promise<T>;
}

/** For a single call by hand: nothing waits and nothing stops. */
export const OPEN_GATE: CallGate = {
  pass(_operation, signal, call) {
    callIsMade(signal);
    return call();
  },
};
