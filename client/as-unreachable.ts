import { Connection, type Client } from '@temporalio/client';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { isTimeout, isUnavailable } from './grpc-errors.js';

/** An error of a call that needs no Worker, told as TemporalUnreachableError where that is what it means. */
export function asUnreachable(client: Client, thrown: unknown): unknown {
  return isUnavailable(thrown) || isTimeout(thrown) ? unreachable(client, thrown) : thrown;
}

export function unreachable({ connection }: Client, cause: unknown): TemporalUnreachableError {
  const address = connection instanceof Connection ? connection.options.address : 'its address';
  return new TemporalUnreachableError(address, cause);
}
