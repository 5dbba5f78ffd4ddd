// @ts-check
import { send, textOf } from './ask.js';
import { answered, nextWaitMs, pause } from './link.js';

/** Four heartbeats of the service: a connection on which nothing comes for so long is dead, whatever the network says. */
const SILENT_AFTER_MS = 60_000;
const FIRST_WAIT_MS = 1_000;

/**
 * Server-Sent Events, from fetch: the browser's own reader of them cannot send a credential. Comes back by itself, and is told then what
 * has changed since (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<{ event: string, data: string }, void>} ends when the service has no more to tell
 * @throws {import('./ask.js').AskError} what does not pass
 */
export async function* events(path, signal) {
  let lastId = '';
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const silence = new AbortController();
    try {
      const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) };
      const answer = await send('GET', path, { headers, signal: AbortSignal.any([signal, silence.signal]) });
      if (answer.status === 204) return;
      for await (const block of blocksOf(answer, silence)) {
        answered(); // A comment, too, shows that it is alive.
        const { id, event, data, retryMs } = readEvent(block);
        if (retryMs !== undefined) waitMs = retryMs;
        if (data === '') continue;
        lastId = id;
        yield { event, data };
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (!silence.signal.aborted && !(thrown instanceof TypeError)) waitMs = nextWaitMs(thrown, waitMs);
    }
    await pause(waitMs, signal);
  }
}

/**
 * @param {Response} answer
 * @param {AbortController} silence
 */
async function* blocksOf(answer, silence) {
  let text = '';
  const restart = () => setTimeout(() => silence.abort(), SILENT_AFTER_MS);
  let timer = restart();
  try {
    for await (const piece of textOf(answer)) {
      clearTimeout(timer);
      const blocks = (text + piece).split('\n\n');
      text = blocks.pop() ?? '';
      yield* blocks;
      timer = restart();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} block one event, without the empty line after it; the service ends its lines with line feeds alone */
export function readEvent(block) {
  /** @type {{ id: string, event: string, data: string, retryMs: number | undefined }} */
  const read = { id: '', event: 'message', data: '', retryMs: undefined };
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (name === 'data') read.data += read.data === '' ? value : `\n${value}`;
    else if (name === 'id' || name === 'event') read[name] = value;
    else if (name === 'retry' && /^\d+$/.test(value)) read.retryMs = Number(value);
  }
  return read;
}
