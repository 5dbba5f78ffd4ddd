import type { Quiesce } from '../client/index.js';
import type { Config } from '../config/load-config.js';

/** What the routes work with. */
export interface ApiParts {
  readonly quiesce: Quiesce;
  readonly config: Config;
  /** Aborted when the service has been told to stop, and whoever sends it requests should send them to others. */
  readonly draining: AbortSignal;
  /** Aborted when the service is about to stop: who waits or streams ends politely then, and at once. */
  readonly closing: AbortSignal;
}
