import type { LookupFunction } from 'node:net';
import { Client } from 'undici';
import { TRANSPORT_WORDS } from '../providers/http.js';
import { CallbackError } from './callback-error.js';
import { NotPublicError, publicConnector } from './public-connector.js';

/** The specification recommends 15 to 30 seconds for a receiver to answer. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 15_000;
const TOTAL_MS = 20_000;
/** What a receiver says beside its status is of no interest; so much of it is read and thrown away, so that it is not reset. */
const BODY_BYTES = 16 * 1024;
const BODY_MS = 2_000;

export interface CallbackRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the address may be any, and not of the public Internet alone. */
  readonly allowPrivate: boolean;
  readonly lookup?: LookupFunction;
}

/** What the receiver answered; its body is nowhere. */
export interface CallbackAnswer {
  readonly status: number;
  readonly retryAfter?: string;
}

/**
 * Sends one POST over a connection of its own, and follows no redirect. It goes to the receiver itself, whatever proxy the environment
 * names: a proxy would look the host up again, and could find another address than the one that was checked.
 * @throws CallbackError when no answer came, or when the host's address is not public and has to be.
 */
export async function sendCallback(request: CallbackRequest, signal: AbortSignal): Promise<CallbackAnswer> {
  const { url, headers, body, allowPrivate, lookup } = request;
  const client = new Client(url.origin, {
    connect: allowPrivate
      ? { timeout: CONNECT_MS, ...(lookup && { lookup }) }
      : publicConnector(CONNECT_MS, lookup),
    headersTimeout: ANSWER_MS,
    bodyTimeout: BODY_MS,
  });
  let gaveUp: 'AbortError' | 'TimeoutError' | undefined;
  const giveUp = (how: typeof gaveUp) => {
    gaveUp ??= how;
    void client.destroy();
  };
  // One that hangs up as soon as it is connected to would else be connected to again for ever.
  const timer = setTimeout(() => giveUp('TimeoutError'), TOTAL_MS);
  const abort = () => giveUp('AbortError');
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    const path = `${url.pathname}${url.search}`;
    const answer = await client.request({ method: 'POST', path, headers, body });
    await drain(answer.body);
    const retryAfter = [answer.headers['retry-after']].flat()[0];
    return { status: answer.statusCode, ...(retryAfter !== undefined && { retryAfter }) };
  } catch (thrown) {
    throw toError(thrown, url, gaveUp);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    await client.destroy();
  }
}

/** Whatever becomes of the body, the status has been given. */
async function drain(body: {
  dump(options: { limit: number; signal: AbortSignal }): Promise<void>;
}): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), BODY_MS);
  await body.dump({ limit: BODY_BYTES, signal: controller.signal }).catch(() => {});
  clearTimeout(timer);
}

/** Made of the code alone: a transport's own message, cause and properties may hold URLs, headers and data. */
function toError(thrown: unknown, { host }: URL, gaveUp: string | undefined): CallbackError {
  if (thrown instanceof NotPublicError)
    return new CallbackError(
      'notAllowed',
      `${host} has no address on the public Internet, and callbacks.hosts does not say allowPrivate.`,
    );
  const error: NodeJS.ErrnoException = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = gaveUp ?? error.code ?? error.name;
  const words = TRANSPORT_WORDS[code];
  const why = words === undefined ? code : `${words} (${code})`;
  return new CallbackError('unreachable', `${host} gave no answer: ${why}.`);
}
