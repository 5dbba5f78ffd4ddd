import { z } from 'zod';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import { mayUse } from '../caller.js';
import { healthOf } from '../connection-health.js';

const healthSchema = z
  .object({
    status: z
      .enum(['ok', 'refused', 'slowed', 'idle', 'unknown'])
      .describe(
        '`refused`: the vendor does not accept the credential. `slowed`: it has throttled. `idle`: no call was made lately. `unknown`: no Worker answered in time.',
      ),
    asOfMs: z.number().optional().describe('Epoch milliseconds: when a Worker asked for something last.'),
    refusal: z
      .object({ code: z.string(), message: z.string(), requestId: z.string().optional() })
      .optional()
      .describe("The vendor's word."),
    slowedTo: z
      .record(z.string(), z.number())
      .optional()
      .describe('By operation: which part of the quota is in use.'),
  })
  .meta({ id: 'ConnectionHealth', description: 'How a connection is, as its Workers have found.' });

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
        health: healthSchema,
      }),
    ),
  })
  .meta({ id: 'Connections', description: 'The connections a caller may use.' });

/** The accounts and regions of the config, by name; how they are reached and with what credential is for Workers alone. */
export async function connectionRoutes(app: Api, { quiesce, config }: ApiParts): Promise<void> {
  const schema = {
    operationId: 'listConnections',
    summary: 'The connections there are, and how they are',
    tags: ['connections'],
    response: { 200: connectionsSchema },
  };
  app.get('/v1/connections', { config: { scope: 'read' }, schema }, async ({ caller }) => {
    const own = [...config.connections.values()].filter(({ name }) => mayUse(caller, name));
    const items = await Promise.all(
      own.map(async ({ name, provider: { id, title }, quotas }) => ({
        name,
        provider: id,
        title,
        quotas: { ...quotas },
        health: await healthOf(quiesce.client, name),
      })),
    );
    return { items };
  });
}
