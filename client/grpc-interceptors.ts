import type { ConnectionOptions } from '@temporalio/client';
import { cancelledOnceClosed } from './cancelled-once-closed.js';
import { retryInTime } from './retry-in-time.js';

/** Of each connection of a client, in their order: the retries stand before what ends a late one. */
export const GRPC_INTERCEPTORS: NonNullable<ConnectionOptions['interceptors']> = [
  retryInTime,
  cancelledOnceClosed,
];
