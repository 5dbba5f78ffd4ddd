import { z } from 'zod';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import { mayUse } from '../caller.js';

const connectionsSchema = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        provider: z.string(),
        title: z.string().describe('What the provider is, in words.'),
        quotas: z
          .record(z.string(), z.object({ calls: z.number(), perMs: z.number() }).nullable())
          .describe('By operation; null is no limit.'),
      }),
    ),
  })
  .meta({ id: 'Connections', description: 'The connections a caller may use.' });

/** The accounts and regions of the config, by name; how they are reached and with what credential is for Workers alone. */
export async function connectionRoutes(app: Api, { config: { connections } }: ApiParts): Promise<void> {
  app.get(
    '/v1/connections',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listConnections',
        summary: 'The connections there are',
        tags: ['connections'],
        response: { 200: connectionsSchema },
      },
    },
    ({ caller }) => ({
      items: [...connections.values()]
        .filter(({ name }) => mayUse(caller, name))
        .map(({ name, provider: { id, title }, quotas }) => ({
          name,
          provider: id,
          title,
          quotas: { ...quotas },
        })),
    }),
  );
}
