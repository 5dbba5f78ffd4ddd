// @ts-check
import { AskError } from './ask.js';
import { show, the } from './elements.js';
import { clock } from './words.js';

const LONGEST_WAIT_MS = 5_000;

let isLost = false;
/** What answered last: until then, what is shown is so old. */
let answeredAtMs = Date.now();

/** Says something to those who hear the page, when they are ready for it. @param {string} sentence */
export function tell(sentence) {
  the('told').textContent = sentence;
}

export function answered() {
  answeredAtMs = Date.now();
  if (!isLost) return;
  isLost = false;
  the('link').hidden = true;
  tell('Connected again.');
}

/**
 * Nothing came, or that it cannot be done now.
 * @param {AskError} error
 */
export function notAnswered(error) {
  const sentence = `${error.message} What is shown is as of ${clock(answeredAtMs)}; trying again.`;
  show(the('link'), sentence);
  the('link').hidden = false;
  if (!isLost) tell(sentence);
  isLost = true;
}

/** Forgets a trouble that belonged to another view. */
export function startAfresh() {
  isLost = false;
  answeredAtMs = Date.now();
  the('link').hidden = true;
}

/**
 * Looks again and again, while the page can be seen. What passes is waited for, and said.
 * @param {() => Promise<unknown>} look
 * @param {{ everyMs: number, signal: AbortSignal }} options
 * @throws what `look` throws and does not pass
 */
export async function repeat(look, { everyMs, signal }) {
  let waitMs = everyMs;
  while (!signal.aborted) {
    try {
      await look();
      answered();
      waitMs = everyMs;
    } catch (thrown) {
      if (signal.aborted) return;
      waitMs = nextWaitMs(thrown, Math.max(waitMs, 1_000));
    }
    await pause(waitMs, signal);
    await untilSeen(signal);
  }
}

/**
 * Says that something did not work, and how long to wait before the next try.
 * @param {unknown} thrown
 * @param {number} waitedMs
 * @throws what does not pass
 */
export function nextWaitMs(thrown, waitedMs) {
  if (!(thrown instanceof AskError && thrown.isPassing)) throw thrown;
  notAnswered(thrown);
  return thrown.retryAfterMs ?? Math.min(waitedMs * 1.5, LONGEST_WAIT_MS);
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      removeEventListener('online', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
    addEventListener('online', over);
  });
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function untilSeen(signal) {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
    look();
  });
}
