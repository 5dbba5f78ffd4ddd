import { z } from 'zod';
import { cancellationIdOf } from '../../client/cancellation-id-of.js';
import { cancellationPage } from '../../client/list-cancellations.js';
import type { ListFilter } from '../../client/types.js';
import { DURATION, DURATION_FORM, parseDurationMs } from '../../contract/duration.js';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import type { Caller } from '../caller.js';
import { cancellationBody, handleOf } from '../cancellation-of.js';
import { CANCELLATION_PATH, toCancellationId } from '../cancellation-id.js';
import { checkCallback } from '../check-callback.js';
import { checkedTask, refuseOthersConnection } from '../check-cancel-request.js';
import { fromCursor, toCursor } from '../cursor.js';
import { fingerprintOf } from '../idempotency.js';
import { ProblemError } from '../problem.js';
import { cancelRequestSchema, startedCancellationSchema } from '../schemas/cancel-request.js';
import { cancellationPageSchema, listQuerySchema } from '../schemas/cancellation-list.js';
import { cancellationParams, cancellationSchema, ofRunSchema } from '../schemas/cancellation.js';
import { idempotencyHeaders } from '../schemas/idempotency-key.js';
import { startOnce } from '../start-once.js';
import { startedBody } from '../started-body.js';
import { waitForEnd } from '../wait-for-end.js';

const PATH = '/v1/cancellations';
/** Proxies give up on a request after a minute, many of them. */
const LONGEST_WAIT_MS = 60_000;

const wait = z
  .string()
  .regex(DURATION)
  .refine(
    (text) => (parseDurationMs(text) ?? Infinity) <= LONGEST_WAIT_MS,
    `must be ${DURATION_FORM}, and at most ${LONGEST_WAIT_MS / 1_000}s`,
  )
  .meta({ description: 'Answer when it has ended, or after so long as it stands then.', examples: ['30s'] })
  .optional();

/** Starts, shows and lists single cancellations. */
export async function cancellationRoutes(app: Api, parts: ApiParts): Promise<void> {
  startRoute(app, parts);
  readRoute(app, parts);
  listRoute(app, parts);
}

function startRoute(app: Api, { quiesce, config }: ApiParts): void {
  const schema = {
    operationId: 'startCancellation',
    summary: 'Cancel a task, and prove how it ended',
    description:
      'Answers as soon as the cancellation is under way; `Location` says where to follow it. The same task again gives the same cancellation as long as it is under way.',
    tags: ['cancellations'],
    headers: idempotencyHeaders,
    body: cancelRequestSchema,
    response: { 202: startedCancellationSchema },
  };
  const problems = [
    'invalid-task',
    'unknown-connection',
    'callback-not-allowed',
    'request-refused',
    'no-worker',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
    'not-set-up',
  ] as const;
  app.post(
    PATH,
    { config: { scope: 'cancel', problems, ownDeadline: true }, schema },
    async ({ body, caller, headers }, reply) => {
      const task = checkedTask(body, config, caller);
      checkCallback(body.callbackUrl, config);
      const { task: _, ...options } = body;
      const { name: requestedBy } = caller;
      const key = headers['idempotency-key'];
      const { handle, replayed } = await startOnce(quiesce.client, {
        workflowId: cancellationIdOf(quiesce.client, task, { dryRun: body.dryRun === true }),
        start: (requestId) =>
          quiesce.cancel(task, { ...options, requestedBy, ...(requestId !== undefined && { requestId }) }),
        callbackUrl: body.callbackUrl,
        ...(key !== undefined && { keyed: { caller, key, fingerprint: fingerprintOf('POST', PATH, body) } }),
      });
      if (replayed) reply.header('idempotency-replayed', 'true');
      const started = startedBody(handle, task, { requestedBy, reason: body.reason });
      // The task cancelled again has the same id.
      reply.code(202).header('location', `${PATH}/${started.id}?runId=${started.runId}`);
      return started;
    },
  );
}

function readRoute(app: Api, { quiesce, held }: ApiParts): void {
  const schema = {
    operationId: 'getCancellation',
    summary: 'One cancellation as it stands',
    description: 'With `wait`, answers when it has ended: at once when it has already.',
    tags: ['cancellations'],
    params: cancellationParams,
    querystring: ofRunSchema.extend({ wait }),
    response: { 200: cancellationSchema },
  };
  const config = { scope: 'read', problems: ['cancellation-not-found'], ownDeadline: true } as const;
  app.get(CANCELLATION_PATH, { config, schema }, async (request, reply) => {
    const { params, query, caller } = request;
    const handle = handleOf(quiesce, caller, params.id, query.runId);
    const waitMs = parseDurationMs(query.wait ?? '') ?? 0;
    if (waitMs > 0) {
      const signal = held.hold(request, reply, waitMs);
      await waitForEnd(quiesce.client, handle, signal);
      if (signal.reason instanceof ProblemError) throw signal.reason;
    }
    return cancellationBody(quiesce, handle);
  });
}

function listRoute(app: Api, { quiesce }: ApiParts): void {
  const schema = {
    operationId: 'listCancellations',
    summary: 'Cancellations, the newest first',
    description:
      'Read from Search Attributes: seconds behind on a busy server. Go on with `cursor` until there is no `nextCursor`; a page may be shorter than `limit`.',
    tags: ['cancellations'],
    querystring: listQuerySchema,
    response: { 200: cancellationPageSchema },
  };
  app.get(PATH, { config: { scope: 'read' }, schema }, async ({ query, caller }) => {
    const { limit: size, cursor, ...given } = query;
    const filter = withinReach(given, caller);
    if (filter.connections?.length === 0) return { items: [] };
    const page = { size, ...(cursor !== undefined && { token: fromCursor(cursor, filter) }) };
    const { items, nextPageToken } = await cancellationPage(quiesce.client, filter, page);
    return {
      items: items.map(({ id: workflowId, ...rest }) => ({
        ...rest,
        id: toCancellationId(workflowId),
        workflowId,
      })),
      ...(nextPageToken !== undefined && { nextCursor: toCursor(nextPageToken, filter) }),
    };
  });
}

/** What a caller sees of a list: never more than of its own connections. */
function withinReach(filter: ListFilter, caller: Caller): ListFilter {
  if (filter.connection !== undefined) refuseOthersConnection(caller, filter.connection);
  return caller.connections === undefined ? filter : { ...filter, connections: caller.connections };
}
