import { ProviderError } from '../../provider.js';

/**
 * There is no credential, or it is none that can be used. The one place that says what kind of error this is.
 * @param message names the source and what to do; never a value, a key's id or what a file or the config holds.
 */
export function credentialError(
  code: string,
  message: string,
  context: { readonly requestId?: string } = {},
): ProviderError {
  return new ProviderError('unauthenticated', code, message, context);
}
