/**
 * What a Worker process asks or tells of a connection's credential. It asks before the first call it makes with it, and before
 * each that tries a refused one again; it tells what came of a call that it was to try, and of every refusal.
 */
export type CredentialRequest =
  | { readonly holder: string; readonly is: 'asking' }
  | {
      readonly holder: string;
      readonly is: 'refused';
      readonly refusal: Refusal;
      readonly cooldowns: CooldownLimits;
    }
  | { readonly holder: string; readonly is: Exclude<TryOutcome, 'refused'> };

/**
 * What a call that tried the credential has shown. `unclear`: the vendor answered nothing that tells of the credential;
 * `unmade`: the call was not made after all.
 */
export type TryOutcome = 'accepted' | 'refused' | 'unclear' | 'unmade';

/** What the vendor said when it did not accept the credential. */
export interface Refusal {
  readonly code: string;
  /** Without secrets, and short. */
  readonly message: string;
  readonly requestId?: string;
}

/** The pauses between two tries: each is twice as long as the one before. */
export interface CooldownLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface CredentialAnswer {
  /**
   * `call`: any call. `try`: one call, whose outcome is then told. `wait`: another tries just now; `restMs` later it is worth
   * asking again. `nothing`: the credential is refused, as `refused` says.
   */
  readonly may: 'call' | 'try' | 'wait' | 'nothing';
  readonly restMs: number;
  /** Left out where nothing is known to be wrong. */
  readonly refused?: RefusedCredential;
  /** Something has changed that is worth a line in the log, and who gets this is the only one to write it. */
  readonly news?: CredentialNews;
}

/** `stray`: the vendor refuses the credential of this one process, and accepts that of another. */
export type CredentialNews = 'refused' | 'accepted' | 'stray';

export interface RefusedCredential {
  readonly refusal: Refusal;
  readonly cooldownMs: number;
  /** Until the next call is made with it. */
  readonly restMs: number;
  /** Grows with every refusal: what has a smaller one is out of date. */
  readonly version: number;
}

/** How long one process alone may try: longer than a call waits for its turn and the vendor takes to answer. */
export const TRY_WITHIN_MS = 45_000;
