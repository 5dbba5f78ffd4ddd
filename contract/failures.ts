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

/**
 * Why a callback was not delivered.
 *
 * - `notAllowed`: the Worker's config has no such host, or allows it no plain http or no address of this kind. - `unsigned`: the secret
 *   to sign with is not there, or is none. - `unreachable`: no answer came. - `rejected`: an answer that is not 2xx.
 * - `gone`: the receiver wants no more callbacks (410). - `waiting`: no fault: it was not sent, for others to the same host are under way.
 */
export type CallbackErrorKind = 'notAllowed' | 'unsigned' | 'unreachable' | 'rejected' | 'gone' | 'waiting';

/** Every `ApplicationFailure.type` that Quiesce throws; a caller may match on these, so they are never renamed. */
export type FailureType =
  | `Provider.${ProviderErrorKind}`
  | `Callback.${CallbackErrorKind}`
  /** A poll that found the task not ended yet: not a fault, the next attempt is the next poll. */
  | 'StillWaiting'
  | 'InvalidInput'
  | 'UnknownConnection';
