import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ProviderError } from '../../providers/provider.js';

/** What a call is refused with, which must be a ProviderError. */
export async function providerErrorOf(call: Promise<unknown>): Promise<ProviderError> {
  const error = await call.then(
    (answered) => assert.fail(`it was answered: ${inspect(answered)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ProviderError, inspect(error));
  return error;
}
