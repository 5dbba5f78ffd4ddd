import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { CampaignResult } from './campaign.js';
import type { CancelResult } from './cancellation.js';

/** Of one cancellation or campaign. */
export const MOST_CALLBACKS = 10;
export const LONGEST_CALLBACK_URL = 2_000;

/**
 * Printable ASCII; no user and password, which would stand in histories, no `#`, which is never sent, and no backslash, which
 * readers of URLs take for different things. A pattern and not `URL`: what a Workflow accepts may not change with Node.
 */
const CALLBACK_URL =
  /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?](?:(?![#\\])[!-~])*)?$/i;

/** What must be said of an address that is refused; it is not repeated, for it may hold a token. */
export const CALLBACK_URL_FORM = `an http or https address such as https://hooks.example.com/quiesce: without a user, a password or #, in ASCII, of at most ${LONGEST_CALLBACK_URL} characters`;

export function isCallbackUrl(given: unknown): given is string {
  return typeof given === 'string' && given.length <= LONGEST_CALLBACK_URL && CALLBACK_URL.test(given);
}

/** The argument of the Update `addCallback`, of `cancelTask` and of `cancelCampaign`. */
export interface AddCallbackRequest {
  /** @maxLength LONGEST_CALLBACK_URL */
  readonly callbackUrl: string;
}

export interface AddCallbackAnswer {
  /** The header `webhook-id` that the callback will have. */
  readonly webhookId: string;
}

/**
 * The header `webhook-id`, and with it the Workflow id of the delivery. Derived, so that one Workflow tells one address under one
 * id, whatever is replayed, reset or tried again. It holds no full stop, as the specification demands.
 * @param firstRunId of the Workflow that has ended; it survives Continue-As-New and reset.
 */
export function webhookId(firstRunId: string, callbackUrl: string): string {
  return `msg_${bytesToHex(sha256(utf8ToBytes(`${firstRunId}\n${callbackUrl}`))).slice(0, 32)}`;
}

/** Why there is no result. */
export interface CallbackFailure {
  /** One of contract's `FailureType`, or `Workflow.failed`. */
  readonly type: string;
  readonly message: string;
}

/** A cancellation that ended without a verdict; the evidence is what was known by then. */
export interface FailedCancellation extends Omit<CancelResult, 'verdict'> {
  readonly failure: CallbackFailure;
}

/** The body of a callback. Stable: fields are added, never renamed or removed. `timestamp` is when it ended, in ISO 8601. */
export type CallbackPayload =
  | {
      readonly type: 'cancellation.ended';
      readonly timestamp: string;
      readonly data: CancelResult | FailedCancellation;
    }
  | {
      readonly type: 'campaign.ended';
      readonly timestamp: string;
      readonly data: CampaignResult;
    };

/** The input of the Workflow `deliverCallback`, whose Workflow id is `callback/<webhook-id>`. */
export interface CallbackInput {
  readonly callbackUrl: string;
  readonly payload: CallbackPayload;
}

/** Its result: it was taken. */
export interface CallbackResult {
  readonly webhookId: string;
  /** What the receiver answered, from 200 to 299. */
  readonly status: number;
  /** How many times it was sent, or tried to be. */
  readonly attempts: number;
  readonly deliveredAt: string;
}

const SECRET_PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Of a secret, by https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const LEAST_SECRET_BYTES = 24;
const MOST_SECRET_BYTES = 64;

/** What {@link callbackSecrets} takes; for errors. */
export const CALLBACK_SECRETS_FORM = `${SECRET_PREFIX} and ${LEAST_SECRET_BYTES} to ${MOST_SECRET_BYTES} bytes in base64, or several of these with blanks between`;

/** The secrets in a text, each to be signed with; undefined when it is not of that form. */
export function callbackSecrets(text: string): readonly string[] | undefined {
  const secrets = text.split(/\s+/).filter(Boolean);
  return secrets.length > 0 && secrets.every(isSecret) ? secrets : undefined;
}

function isSecret(text: string): boolean {
  const key = text.slice(SECRET_PREFIX.length);
  const bytes = (key.replace(/=+$/, '').length * 3) >> 2;
  return (
    text.startsWith(SECRET_PREFIX) &&
    BASE64.test(key) &&
    bytes >= LEAST_SECRET_BYTES &&
    bytes <= MOST_SECRET_BYTES
  );
}
