import type { Quiesce } from '../client/index.js';
import type { Config } from '../config/load-config.js';
import type { HeldRequests } from './held-requests.js';

/** What the routes work with. */
export interface ApiParts {
  readonly quiesce: Quiesce;
  readonly config: Config;
  /** Aborted when the service has been told to stop, and whoever sends it requests should send them to others. */
  readonly draining: AbortSignal;
  /** Where requests that wait or stream for long are counted. */
  readonly held: HeldRequests;
  /** Aborted when the service is about to stop: who waits or streams ends politely then, and at once. */
  readonly closing: AbortSignal;
}
