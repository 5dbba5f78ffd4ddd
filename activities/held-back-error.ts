import type { ProviderErrorKind } from '../contract/failures.js';
import { ProviderError } from '../providers/provider.js';

/**
 * A call that was not made: its turn is too far off, or the connection's credential is known to be refused. The vendor has
 * not heard of it. It is no fault of its own, so no log warns of it.
 */
export class HeldBackError extends ProviderError {
  /** @param retryAfterMs when it is worth another try: about its turn, so nothing is added to it. */
  constructor(
    kind: ProviderErrorKind,
    code: string,
    message: string,
    readonly retryAfterMs: number,
    context: { readonly requestId?: string } = {},
  ) {
    super(kind, code, message, { ...context, retryAfterMs });
  }
}
