import { z } from 'zod';
import { CancellationHandle, type CancellationStatus } from '../../client/index.js';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import { mayUse, type Caller } from '../caller.js';
import { CANCELLATION_PATH, fromCancellationId, toCancellationId } from '../cancellation-id.js';
import { ProblemError } from '../problem.js';
import { cancellationSchema, type CancellationBody } from '../schemas/cancellation.js';

const params = z.object({ id: z.string().describe('Of the cancellation, as its `id` says.') });
const ofRun = z.object({
  runId: z
    .uuid()
    .optional()
    .describe('The first run of the cancellation that is meant; left out, the latest of its task.'),
});

/** Single cancellations. */
export async function cancellationRoutes(app: Api, { quiesce }: ApiParts): Promise<void> {
  app.get(
    CANCELLATION_PATH,
    {
      config: { scope: 'read', problems: ['cancellation-not-found'] },
      schema: {
        operationId: 'getCancellation',
        summary: 'One cancellation as it stands',
        tags: ['cancellations'],
        params,
        querystring: ofRun,
        response: { 200: cancellationSchema },
      },
    },
    async ({ params: { id }, query: { runId }, caller }) => {
      const handle = handleOf(quiesce, caller, id, runId);
      return toBody(await handle.status());
    },
  );
}

/** @throws ProblemError when there can be none of that id, or it is not for this caller. */
function handleOf(
  { client }: ApiParts['quiesce'],
  caller: Caller,
  id: string,
  runId: string | undefined,
): CancellationHandle {
  const { workflowId, connection } = fromCancellationId(id);
  if (!mayUse(caller, connection))
    throw new ProblemError('forbidden', `${caller.name} may not see connection ${connection}.`);
  return new CancellationHandle(client, workflowId, runId === undefined ? {} : { runId });
}

function toBody({ id: workflowId, ...status }: CancellationStatus): CancellationBody {
  return { ...status, id: toCancellationId(workflowId), workflowId };
}
