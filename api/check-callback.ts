import type { Config } from '../config/load-config.js';
import { allowHost } from '../contract/allowed-host.js';
import { ProblemError } from './problem.js';

/**
 * Refuses an address that no callback may be sent to: the Workers would try for three days, and tell nobody.
 * @param callbackUrl checked by its schema to be one.
 * @throws ProblemError `callback-not-allowed`, which does not repeat it.
 */
export function checkCallback(callbackUrl: string | undefined, { callbacks }: Config): void {
  if (callbackUrl === undefined) return;
  const allowed = allowHost(callbacks?.hosts ?? [], new URL(callbackUrl));
  if ('refusal' in allowed)
    throw new ProblemError(
      'callback-not-allowed',
      `${allowed.refusal} Whoever runs this service says where callbacks may go.`,
    );
}
