import { ProviderError } from './provider.js';

/** An error that came with the status of a success, as of something in between: which of them is right, nobody can tell. */
export function contradictedAnswer(
  operation: string,
  status: number,
  request: { readonly requestId?: string },
): ProviderError {
  const message = `${operation} was answered with an error that has the status of a success.`;
  return new ProviderError('unrecognized', `HTTP ${status}`, message, request);
}
