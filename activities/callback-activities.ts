import type { LookupFunction } from 'node:net';
import { activityInfo, cancellationSignal, Context, metricMeter } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { CallbackSettings } from '../config/callback-settings.js';
import { allowHost } from '../contract/allowed-host.js';
import type { CallbackInput } from '../contract/callback.js';
import type { CallbackErrorKind, FailureType } from '../contract/failures.js';
import { retryDelayMs } from '../providers/pacing.js';
import { CallbackError, toCallbackFailure } from './callback-error.js';
import { retryAfterMs } from './retry-after.js';
import { sendCallback } from './send-callback.js';
import { signCallback } from './sign-callback.js';

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
/** To one host. A receiver that hangs must not take the places of vendor calls in this Worker. */
const MOST_AT_ONCE = 50;
const SLOWEST_TURN_MS = 60_000;

/**
 * The Activity that sends callbacks, as the Standard Webhooks specification has them:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function createCallbackActivities(
  settings: CallbackSettings | undefined,
  options: { readonly lookup?: LookupFunction } = {},
) {
  /** By host. */
  const underWay = new Map<string, number>();
  return {
    /** One attempt is one try. Anything but 2xx is tried again, 410 excepted. */
    async postCallback(input: PostCallbackInput): Promise<PostCallbackOutput> {
      const { attempt } = activityInfo();
      try {
        const status = await post(input);
        count('delivered');
        return { status, attempts: attempt };
      } catch (thrown) {
        if (!(thrown instanceof CallbackError)) throw thrown;
        if (Context.current().cancellationDetails?.cancelRequested === true)
          throw new CancelledFailure('Given up.');
        count(thrown.kind);
        throw toCallbackFailure(thrown, delayMs(thrown, attempt));
      }
    },
  };

  async function post({ callbackUrl, webhookId, payload }: PostCallbackInput): Promise<number> {
    const url = toUrl(callbackUrl);
    const allowed = allowHost(settings?.hosts ?? [], url);
    if ('refusal' in allowed) throw new CallbackError('notAllowed', allowed.refusal);
    const { allowPrivate, ...host } = allowed.host;
    // What is signed is what is sent, to the byte.
    const body = JSON.stringify(payload);
    const signed = await signCallback(host, webhookId, body);
    const headers = { 'content-type': 'application/json', 'user-agent': 'quiesce', ...signed };
    const request = { url, headers, body, allowPrivate, ...options };
    const { status, retryAfter } = await inTurn(url, () => sendCallback(request, cancellationSignal()));
    if (status >= 200 && status < 300) return status;
    const redirects = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
    throw new CallbackError(
      status === 410 ? 'gone' : 'rejected',
      `${url.host} answered ${status}${redirects}.`,
      { status, retryAfterMs: retryAfterMs(retryAfter, Date.now()) },
    );
  }

  async function inTurn<T>({ host }: URL, send: () => Promise<T>): Promise<T> {
    const others = underWay.get(host) ?? 0;
    if (others >= MOST_AT_ONCE)
      throw new CallbackError('waiting', `${others} callbacks to ${host} are under way in this Worker.`);
    underWay.set(host, others + 1);
    try {
      return await send();
    } finally {
      const left = (underWay.get(host) ?? 1) - 1;
      if (left === 0) underWay.delete(host);
      else underWay.set(host, left);
    }
  }
}

export type CallbackActivities = ReturnType<typeof createCallbackActivities>;

function count(outcome: 'delivered' | CallbackErrorKind): void {
  metricMeter.createCounter('quiesce_callback_attempts', '', 'Tries to send a callback.').add(1, { outcome });
}

function delayMs({ kind, answer }: CallbackError, attempt: number): number {
  const everyMs = kind === 'waiting' ? SLOWEST_TURN_MS : SLOWEST_MS;
  return Math.max(retryDelayMs([{ everyMs }], attempt), answer.retryAfterMs ?? 0);
}

/** The Workflow has checked it by a pattern, which lets through what is no address, such as a port of 99999. */
function toUrl(callbackUrl: string): URL {
  if (URL.canParse(callbackUrl)) return new URL(callbackUrl);
  throw ApplicationFailure.nonRetryable('callbackUrl is no URL.', 'InvalidInput' satisfies FailureType);
}
