import { isGrpcServiceError, type Client } from '@temporalio/client';
import { NotSetUpError } from '../setup/search-attributes.js';
import { asUnreachable } from './as-unreachable.js';

/** What a server without our Search Attributes answers to a start (INVALID_ARGUMENT). */
const UNREGISTERED =
  /search attribute .*(not defined|not found|no mapping|not registered)|no mapping defined/i;
/** gRPC's status codes. */
const INVALID_ARGUMENT = 3;

/** An error of starting a Workflow, told as NotSetUpError or TemporalUnreachableError where that is what it means. */
export function whyNotStarted(client: Client, thrown: unknown): unknown {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  if (!isGrpcServiceError(cause) || cause.code !== INVALID_ARGUMENT || !UNREGISTERED.test(cause.message))
    return asUnreachable(client, thrown);
  return new NotSetUpError('The namespace lacks Quiesce’s Search Attributes: run `quiesce setup` once.', {
    cause,
  });
}
