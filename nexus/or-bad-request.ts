import { ApplicationFailure } from '@temporalio/common';
import { InvalidTaskError, RequestRefusedError } from '../client/errors.js';
import { refusal } from './refusal.js';

/**
 * Runs what checks an input.
 * @throws HandlerError `BAD_REQUEST`, which no server repeats, in the sentence of whoever refused it.
 */
export function orBadRequest<T>(check: () => T): T {
  try {
    return check();
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    throw refusal('BAD_REQUEST', thrown.message);
  }
}

/** The checks of the typed client, and of the Workflows. */
function isRefusal(thrown: unknown): thrown is Error {
  return (
    thrown instanceof InvalidTaskError ||
    thrown instanceof RequestRefusedError ||
    thrown instanceof ApplicationFailure
  );
}
