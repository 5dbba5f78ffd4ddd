import { ProviderError } from './provider.js';

/** A call that was not made, for the calls before it, of the same look, have taken all the time that there is. */
export const OUT_OF_TIME = 'OutOfTime';

/** An adapter that knows what would make the look shorter says so in its place. */
export function isOutOfTime(thrown: unknown): thrown is ProviderError {
  return thrown instanceof ProviderError && thrown.code === OUT_OF_TIME;
}
