import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { ProvideTimeouts } from './timeouts.js';

const MOST_REDIRECTS = 5;

/**
 * Opens a download and answers the response once it says 200. Node's own `fetch` would do but for the one
 * thing needed most: it has no setting for how long to wait for a connection.
 */
export async function openDownload(
  url: URL,
  timeouts: ProvideTimeouts,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  let current = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await answerTo(current, timeouts.answerMs, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) {
      response.setTimeout(timeouts.stallMs, () => {
        response.destroy(new Error(`no byte for ${timeouts.stallMs / 1000} s`));
      });
      return response;
    }
    response.destroy();
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined) {
      throw new Error(`${current.host} answered ${statusCode}`);
    }
    current = new URL(headers.location, current);
  }
  throw new Error(`${url.host} redirected more than ${MOST_REDIRECTS} times`);
}

function answerTo(url: URL, answerMs: number, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'http:' ? getHttp : getHttps;
    const request = get(url, {
      agent: false,
      headers: { 'user-agent': 'quiesce' },
      ...(signal && { signal }),
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`${url.host} did not answer within ${answerMs / 1000} s`));
    }, answerMs);
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
  });
}
