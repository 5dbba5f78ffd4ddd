import { ProviderError } from '../provider.js';

/**
 * There is no credential, or it is none that can be used: a person must act. The one place that says what kind of error this is.
 * @param message names the source and what to do; never a value, a key's id or a file's content.
 */
export function credentialError(
  code: string,
  message: string,
  context: { readonly requestId?: string } = {},
): ProviderError {
  return new ProviderError('denied', code, message, context);
}
