import type { Refusal, RefusedCredential } from './credential-turn.js';

/** What a Worker process asks of `shareQuota`: a share of each quota it has calls for. */
export interface LeaseRequest {
  /** Names the process; no other ever has the same. */
  readonly holder: string;
  /** By operation. */
  readonly operations: Readonly<Record<string, LeaseNeed>>;
}

export interface LeaseNeed {
  /** At most so many calls in any stretch of so long, for all holders together. */
  readonly quota: { readonly calls: number; readonly perMs: number };
  /** How many calls it would make within {@link LEASE_MS} if nothing held it back; with 0 it gives its share back. */
  readonly demand: number;
  /** The vendor has throttled a call since the last request. */
  readonly throttled?: { readonly retryAfterMs: number };
}

/**
 * A share of a quota: a token bucket. It counts from the moment it was asked for, and takes the place of the share the
 * holder had, whose tokens stay as far as they fit. Of a share without a rate, the tokens are given up with the next request.
 */
export interface Share {
  readonly callsPerSecond: number;
  /** The bucket's size; 0 when there is no share for now. */
  readonly burst: number;
  /** What is put into the bucket at once. */
  readonly startWith: number;
  readonly validForMs: number;
  /** When it is worth asking again, if there still is demand: before the share ends, or when there may be one. */
  readonly askAgainInMs: number;
  /** The rate it may count on once the others have made room. */
  readonly expectedPerSecond: number;
  /** Which part of the quota is in use since the vendor throttled; 1 is all of it. */
  readonly slowedTo: number;
}

export interface LeaseAnswer {
  /** By operation, as in the request. */
  readonly shares: Readonly<Record<string, Share>>;
  /** The vendor does not accept the connection's credential: another process has been told so, or this one. */
  readonly refused?: RefusedCredential;
}

/** How long a share is valid; a process that dies keeps its share from the others for as long. */
export const LEASE_MS = 10_000;

/** The answer of the Query `health` of `shareQuota`: what the vendor has said of a connection lately. */
export interface ConnectionHealth {
  /** Epoch milliseconds: when a Worker asked for something last. */
  readonly asOfMs: number;
  /** Why the vendor does not accept the credential; left out where nothing is known to be wrong. */
  readonly refusal?: Refusal;
  /** Of the operations whose calls the vendor has throttled: which part of the quota is in use. */
  readonly slowedTo: Readonly<Record<string, number>>;
}
