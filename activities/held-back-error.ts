import type { ProviderErrorKind } from '../contract/failures.js';
import { ProviderError } from '../providers/provider.js';

/** Whether the vendor itself has said that there were too many calls, and not our own gate. */
export function isThrottled(error: ProviderError): boolean {
  return error.kind === 'throttled' && !(error instanceof HeldBackError);
}

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

  /** The same, for one that is to come back so much later. */
  later(byMs: number): HeldBackError {
    const { kind, code, message, retryAfterMs, context } = this;
    return new HeldBackError(kind, code, message, Math.round(retryAfterMs + byMs), context);
  }
}
