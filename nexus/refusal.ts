import { HandlerError } from 'nexus-rpc';

/** What no server asks again, in a sentence; callers in other namespaces are not told where in our code it was found. */
export function refusal(type: 'BAD_REQUEST' | 'CONFLICT' | 'NOT_FOUND', sentence: string): HandlerError {
  return new HandlerError(type, sentence, { stackTrace: '' });
}
