import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { unreachable } from './as-unreachable.js';
import { isTimeout, isUnavailable } from './grpc-errors.js';
import { within } from './within.js';

/** Together less than ten seconds, after which a Worker is thought to be away. */
const QUIET_MS = 4_000;
const ANSWERS_WITHIN_MS = 5_000;

const asked = new WeakMap<Client, Promise<unknown>>();

/**
 * Waits for what may take long for a good reason: a Worker has to answer, or an end has to come. A server that is away shows
 * within ten seconds all the same: while nothing comes, it is asked for what needs neither.
 * @throws TemporalUnreachableError; what `wait` throws.
 */
export async function whileTemporalAnswers<T>(client: Client, wait: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([wait(), untilAway(client, over.signal)]);
  } finally {
    over.abort();
  }
}

/** @throws TemporalUnreachableError when no server answers; it resolves never. */
async function untilAway(client: Client, signal: AbortSignal): Promise<never> {
  for (;;) {
    await sleep(QUIET_MS, undefined, { signal });
    await askOnce(client).catch((thrown: unknown) => {
      if (isTimeout(thrown) || isUnavailable(thrown)) throw unreachable(client, thrown);
    });
  }
}

/** The answer that is under way, for a service may wait for thousands at a time. */
function askOnce(client: Client): Promise<unknown> {
  const underWay = asked.get(client);
  if (underWay !== undefined) return underWay;
  const answer = within(client, ANSWERS_WITHIN_MS, () => client.workflowService.getSystemInfo({}));
  const over = () => void asked.delete(client);
  asked.set(client, answer);
  answer.then(over, over);
  return answer;
}
