import type { StartOperationContext } from 'nexus-rpc';
import { RequestRefusedError } from '../client/errors.js';
import type { CancelInput } from '../contract/cancellation.js';
import { isVouched, VOUCHED_NAMES } from '../contract/vouched-names.js';
import { callerOf } from './caller-of.js';

/**
 * Who asks, where a server tells: the namespace that calls. Else it is whom the input names.
 * @throws RequestRefusedError for a name that the HTTP service alone gives: the input and the link are what somebody sent.
 */
export function requesterOf(
  { requestedBy }: Readonly<Record<string, unknown>>,
  context: Pick<StartOperationContext, 'inboundLinks'>,
): Pick<CancelInput, 'requestedBy'> {
  const caller = callerOf(context);
  for (const name of [requestedBy, caller])
    if (typeof name === 'string' && isVouched(name))
      throw new RequestRefusedError(`${VOUCHED_NAMES}; nobody asks over Nexus under such a name.`);
  return caller === undefined ? {} : { requestedBy: caller };
}
