// @ts-check
import { credential } from './session.js';

/**
 * What the service says; held to the schemas that check it.
 * @template {import('zod').ZodType} T
 * @typedef {import('zod').z.output<T>} Told
 */
/** @typedef {Told<typeof import('../schemas/campaign.js').campaignEventSchema>} CampaignEvent */
/** @typedef {import('../schemas/campaign.js').CampaignBody} Campaign */
/** @typedef {Told<typeof import('../schemas/campaign.js').campaignPageSchema>} CampaignPage */
/** @typedef {CampaignPage['items'][number]} CampaignSummary */
/** @typedef {Told<typeof import('../schemas/campaign.js').targetStorySchema>} TargetStory */
/** @typedef {Told<typeof import('../schemas/campaign.js').foundSchema>} Found */
/** @typedef {import('../schemas/cancellation.js').CancellationBody} Cancellation */
/** @typedef {Told<typeof import('../schemas/cancellation-list.js').cancellationPageSchema>} CancellationPage */
/** @typedef {CancellationPage['items'][number]} CancellationSummary */
/** @typedef {Told<typeof import('../routes/caller.js').callerSchema>} Caller */
/** @typedef {Told<typeof import('../routes/connections.js').connectionsSchema>} Connections */
/** @typedef {import('../problem.js').Problem} Problem */

/**
 * @typedef {object} Asked
 * @property {unknown} [body] sent as JSON
 * @property {AbortSignal} [signal]
 * @property {Record<string, string>} [headers]
 */

const NO_ANSWER = 'The service cannot be reached.';

/** The service did not do what was asked, and says why; or it did not answer at all. */
export class AskError extends Error {
  /**
   * @param {Pick<Problem, 'title' | 'detail' | 'status'> & Partial<Problem>} problem status 0: no answer
   * @param {number} [retryAfterMs]
   */
  constructor(problem, retryAfterMs) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may well be answered later. */
  get isPassing() {
    const { status } = this.problem;
    return status === 0 || status === 429 || status >= 500;
  }

  get slug() {
    return this.problem.type?.replace('urn:quiesce:problem:', '');
  }
}

/**
 * @template T
 * @param {string} method
 * @param {string} path without a slash before it: the service may stand below another address
 * @param {Asked} [asked]
 * @returns {Promise<T>}
 * @throws {AskError}
 */
export async function ask(method, path, asked = {}) {
  const answer = await send(method, path, asked);
  return answer.json().catch((thrown) => {
    if (asked.signal?.aborted === true) throw thrown;
    throw unreachable();
  });
}

/**
 * The same, for an answer that is read in pieces.
 * @param {string} method
 * @param {string} path
 * @param {Asked} [asked]
 * @throws {AskError}
 */
export async function send(method, path, { body, signal, headers = {} } = {}) {
  const own = credential();
  const answer = await fetch(path, {
    method,
    headers: {
      ...headers,
      ...(own !== null && { authorization: `Bearer ${own}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
    cache: 'no-store',
    redirect: 'error',
  }).catch((thrown) => {
    if (signal?.aborted === true) throw thrown;
    throw unreachable();
  });
  readClock(answer.headers.get('date'));
  if (answer.ok) return answer;
  throw await refusal(answer);
}

/**
 * The text of an answer, in pieces of any size.
 * @param {Response} answer
 */
export async function* textOf({ body }) {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function unreachable() {
  return new AskError({ title: NO_ANSWER, detail: NO_ANSWER, status: 0 });
}

/** @param {Response} answer */
async function refusal(answer) {
  const { status, statusText } = answer;
  const seconds = Number(answer.headers.get('retry-after') ?? NaN);
  // Not ours but a proxy's, perhaps.
  const other = { title: `HTTP ${status}`, detail: `The answer was ${status} ${statusText}.`, status };
  /** @type {Problem} */
  const problem = await answer.json().catch(() => other);
  const isOurs = typeof problem.detail === 'string' && typeof problem.title === 'string';
  return new AskError(isOurs ? problem : other, Number.isNaN(seconds) ? undefined : seconds * 1_000);
}

/** An answer says it to the second; less is no difference. */
const SAME_TIME_MS = 2_000;
let aheadMs = 0;

/** @param {string | null} date */
function readClock(date) {
  const ahead = Date.parse(date ?? '') - Date.now();
  if (!Number.isNaN(ahead)) aheadMs = Math.abs(ahead) < SAME_TIME_MS ? 0 : ahead;
}

/** Epoch milliseconds by the clock of the service: the times it tells are by that, or close to it. */
export function nowMs() {
  return Date.now() + aheadMs;
}
