/**
 * Why a vendor call gave no answer that can be used.
 *
 * - `throttled`: too many calls; it had no effect. - `unavailable`: outage, timeout, reset; the effect is open.
 * - `unauthenticated`: the vendor does not accept the connection's credential, or there is none to send; nothing of the
 *   connection works until a person has mended it. - `denied`: the permission for this call or this task is missing.
 * - `invalid`: the vendor calls our request malformed.
 * - `unrecognized`: an answer no table lists; never retried blindly.
 */
export type ProviderErrorKind =
  | 'throttled'
  | 'unavailable'
  | 'unauthenticated'
  | 'denied'
  | 'invalid'
  | 'unrecognized';

/** Every `ApplicationFailure.type` that Quiesce throws; a caller may match on these, so they are never renamed. */
export type FailureType =
  | `Provider.${ProviderErrorKind}`
  /** A poll that found the task not ended yet: not a fault, the next attempt is the next poll. */
  | 'StillWaiting'
  | 'InvalidInput'
  | 'UnknownConnection';
