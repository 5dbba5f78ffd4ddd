import type { CancellationHandle } from '../../client/cancellation-handle.js';
import { CancellationEndedError } from '../../client/errors.js';
import type { RequestOptions } from '../../client/update-once.js';
import type { z } from 'zod';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import type { Caller } from '../caller.js';
import { cancellationBody, handleOf } from '../cancellation-of.js';
import { CANCELLATION_PATH } from '../cancellation-id.js';
import { claimKey, fingerprintOf } from '../idempotency.js';
import { abandonRequestSchema, extendRequestSchema } from '../schemas/cancel-request.js';
import {
  cancellationParams,
  cancellationSchema,
  ofRunSchema,
  type CancellationBody,
} from '../schemas/cancellation.js';
import { idempotencyHeaders } from '../schemas/idempotency-key.js';

const TAGS = ['cancellations'];
const PROBLEMS = [
  'cancellation-not-found',
  'cancellation-ended',
  'request-refused',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
  'no-worker',
] as const;

/** What all of them have in common; the route says the rest. */
const config = { scope: 'cancel', problems: PROBLEMS, ownDeadline: true } as const;
const common = {
  tags: TAGS,
  params: cancellationParams,
  querystring: ofRunSchema,
  headers: idempotencyHeaders,
};

/** A request as all verbs take it. */
interface VerbRequest {
  readonly params: z.output<typeof cancellationParams>;
  readonly query: z.output<typeof ofRunSchema>;
  readonly headers: z.output<typeof idempotencyHeaders>;
  readonly body: unknown;
  readonly caller: Caller;
}

/** What is asked of a cancellation that is under way. */
export async function cancellationVerbRoutes(app: Api, parts: ApiParts): Promise<void> {
  abandonRoute(app, parts);
  extendRoute(app, parts);
  pollNowRoute(app, parts);
}

function abandonRoute(app: Api, parts: ApiParts): void {
  const schema = {
    ...common,
    operationId: 'abandonCancellation',
    summary: 'Stop waiting for the end of a task',
    description:
      'It ends `unproven` as soon as it has looked once more. What was asked of the vendor stays asked.',
    body: abandonRequestSchema,
    response: { 202: cancellationSchema },
  };
  app.post(`${CANCELLATION_PATH}::abandon`, { config, schema }, async (request, reply) => {
    const { reason } = request.body;
    const by = request.caller.name;
    reply.code(202);
    return ask(parts, 'abandon', request, (handle, options) => handle.abandon({ by, reason }, options));
  });
}

function extendRoute(app: Api, parts: ApiParts): void {
  const schema = {
    ...common,
    operationId: 'extendCancellation',
    summary: 'Move the deadline later',
    body: extendRequestSchema,
    response: { 200: cancellationSchema },
  };
  app.post(`${CANCELLATION_PATH}::extend`, { config, schema }, async (request) => {
    const { byMs } = request.body;
    return ask(parts, 'extend', request, (handle, options) => handle.extendDeadline(byMs, options));
  });
}

function pollNowRoute(app: Api, parts: ApiParts): void {
  const schema = {
    ...common,
    operationId: 'pollCancellationNow',
    summary: 'Look at the task now instead of at the next poll',
    response: { 202: cancellationSchema },
  };
  app.post(`${CANCELLATION_PATH}::poll-now`, { config, schema }, async (request, reply) => {
    reply.code(202);
    // Asked twice, it is looked at twice, which harms nobody.
    return ask(parts, 'poll-now', request, (handle, _, sinceMs) =>
      handle.pollNow().catch(async (thrown: unknown) => {
        const isOver = thrown instanceof CancellationEndedError && sinceMs !== undefined;
        if (!isOver || !(await wasOpen(handle, sinceMs))) throw thrown;
      }),
    );
  });
}

/** Whether a cancellation that has ended had not at that moment. */
async function wasOpen(handle: CancellationHandle, atMs: number): Promise<boolean> {
  const { closedAt } = await handle.status();
  return closedAt !== undefined && Date.parse(closedAt) >= atMs;
}

type Asking = (
  handle: CancellationHandle,
  options: RequestOptions,
  /** Of a repeat: when the first came. */
  sinceMs?: number,
) => Promise<unknown>;

/** Asks, and tells how it stands then. */
async function ask(
  { quiesce }: ApiParts,
  verb: string,
  { params: { id }, query: { runId }, headers, body, caller }: VerbRequest,
  what: Asking,
): Promise<CancellationBody> {
  const handle = handleOf(quiesce, caller, id, runId);
  const key = headers['idempotency-key'];
  if (key === undefined) {
    await what(handle, {});
    return cancellationBody(quiesce, handle);
  }
  // Of what is not there, no key is kept.
  const met = await handle.run();
  const fingerprint = fingerprintOf('POST', `${id}:${verb}?${runId ?? ''}`, body ?? null);
  const { requestId, repeats } = await claimKey(quiesce.client, { caller, key, fingerprint, met });
  // The task may have been cancelled again since, which is none of the first one's business.
  const own = repeats?.met ?? met;
  const bound = handleOf(quiesce, caller, id, own.firstRunId);
  const options = { requestId, ...(repeats !== undefined && { sentTo: own.runId }) };
  await what(bound, options, repeats?.sinceMs);
  return cancellationBody(quiesce, bound);
}
