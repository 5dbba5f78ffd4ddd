import type { LookupFunction } from 'node:net';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import type { CallbackHost, CallbackSettings } from '../config/callback-settings.js';
import { findAllowedHost } from '../contract/allowed-host.js';
import type { CallbackInput } from '../contract/callback.js';
import type { FailureType } from '../contract/failures.js';
import { retryDelayMs } from '../providers/pacing.js';
import { readSecret, SecretUnreadableError } from '../providers/secret-ref.js';
import { CallbackError, toCallbackFailure } from './callback-error.js';
import { sendCallback } from './send-callback.js';
import { retryAfterMs } from './retry-after.js';

export interface PostCallbackInput extends CallbackInput {
  readonly webhookId: string;
}

export interface PostCallbackOutput {
  readonly status: number;
  /** How many tries it took. */
  readonly attempts: number;
}

/** From a second, doubling to this: some 25 tries in three days. */
const SLOWEST_MS = 6 * 60 * 60_000;

/**
 * The Activity that sends callbacks, as the Standard Webhooks specification has them:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function createCallbackActivities(
  settings: CallbackSettings | undefined,
  options: { readonly lookup?: LookupFunction } = {},
) {
  return {
    /** One attempt is one try. Anything but 2xx is tried again, 410 excepted. */
    async postCallback(input: PostCallbackInput): Promise<PostCallbackOutput> {
      const { attempt } = activityInfo();
      try {
        return { status: await post(input), attempts: attempt };
      } catch (thrown) {
        if (!(thrown instanceof CallbackError)) throw thrown;
        if (cancellationSignal().aborted) throw new CancelledFailure('Given up.');
        const delayMs = retryDelayMs([{ everyMs: SLOWEST_MS }], attempt);
        throw toCallbackFailure(thrown, Math.max(delayMs, thrown.answer.retryAfterMs ?? 0));
      }
    },
  };

  async function post({ callbackUrl, webhookId, payload }: PostCallbackInput): Promise<number> {
    const url = toUrl(callbackUrl);
    const host = allowedHost(settings, url);
    // What is signed is what is sent, to the byte.
    const body = JSON.stringify(payload);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'quiesce',
      ...(await sign(host, webhookId, body)),
    };
    const { status, retryAfter } = await sendCallback(
      { url, headers, body, allowPrivate: host.allowPrivate, ...options },
      cancellationSignal(),
    );
    if (status >= 200 && status < 300) return status;
    const waitMs = retryAfterMs(retryAfter, Date.now());
    const redirects = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
    throw new CallbackError(
      status === 410 ? 'gone' : 'rejected',
      `${url.host} answered ${status}${redirects}.`,
      { status, ...(waitMs !== undefined && { retryAfterMs: waitMs }) },
    );
  }
}

export type CallbackActivities = ReturnType<typeof createCallbackActivities>;

/** The Workflow has checked it by a pattern, which lets through what is no address, such as a port of 99999. */
function toUrl(callbackUrl: string): URL {
  if (URL.canParse(callbackUrl)) return new URL(callbackUrl);
  throw ApplicationFailure.nonRetryable('callbackUrl is no URL.', 'InvalidInput' satisfies FailureType);
}

function allowedHost(settings: CallbackSettings | undefined, url: URL): CallbackHost {
  const host = findAllowedHost(settings?.hosts ?? [], url);
  if (host === undefined)
    throw new CallbackError(
      'notAllowed',
      `${url.host} is not among callbacks.hosts in this Worker's config.`,
    );
  if (url.protocol === 'https:' || host.allowInsecure) return host;
  throw new CallbackError('notAllowed', `${url.host} may be told by https only, and its address is http.`);
}

/** What a secret must be, by the specification: at least 24 bytes and at most 64. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** The specification's headers; while secrets are changed, there is a signature by each. */
async function sign(
  { secret, secretSetting }: CallbackHost,
  webhookId: string,
  body: string,
): Promise<Record<string, string>> {
  const text = await readSecret(secret, secretSetting).catch((thrown: unknown) => {
    throw thrown instanceof SecretUnreadableError ? new CallbackError('unsigned', thrown.message) : thrown;
  });
  const secrets = text.split(/\s+/).filter(Boolean);
  if (secrets.length === 0 || !secrets.every(isSecret))
    throw new CallbackError(
      'unsigned',
      `The secret that ${secretSetting} names is not whsec_ and ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64, or several of these with blanks between.`,
    );
  const now = new Date();
  return {
    'webhook-id': webhookId,
    'webhook-timestamp': `${Math.floor(now.getTime() / 1_000)}`,
    'webhook-signature': secrets.map((each) => new Webhook(each).sign(webhookId, now, body)).join(' '),
  };
}

function isSecret(text: string): boolean {
  const bytes = Buffer.from(text.slice('whsec_'.length), 'base64').length;
  return SECRET.test(text) && text.length % 4 === 2 && bytes >= LEAST_BYTES && bytes <= MOST_BYTES;
}
