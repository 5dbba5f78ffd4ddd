import { z } from 'zod';
import type { ApiParts } from '../api-parts.js';
import type { Api } from '../api.js';
import { SCOPES } from '../caller.js';

export const callerSchema = z
  .object({
    name: z.string().describe('Recorded as requested-by of all it starts.'),
    scopes: z.array(z.enum(SCOPES)),
    connections: z
      .array(z.string())
      .exactOptional()
      .describe('The only ones it may see and use; left out, all of them.'),
    temporalUi: z
      .object({ url: z.string(), namespace: z.string() })
      .exactOptional()
      .describe('Where the runs can be looked at, when the service was told.'),
  })
  .meta({ id: 'Caller', description: 'Who is calling, as the credential proves.' });

/** For whoever has a credential and wants to know what it is good for; the page asks it first. */
export async function callerRoutes(app: Api, { quiesce, config }: ApiParts): Promise<void> {
  const schema = {
    operationId: 'getCaller',
    summary: 'Who is calling, and what they may do',
    tags: ['service'],
    response: { 200: callerSchema },
  };
  const { namespace } = quiesce.client.options;
  const { temporalUiUrl: url } = config.api;
  app.get(
    '/v1/caller',
    { config: { scope: 'read' }, schema },
    ({ caller: { name, scopes, connections } }) => ({
      name,
      scopes: [...scopes],
      ...(connections !== undefined && { connections: [...connections] }),
      ...(url !== undefined && { temporalUi: { url, namespace } }),
    }),
  );
}
