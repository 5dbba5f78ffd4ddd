import { z } from 'zod';
import type { Api } from '../api.js';
import type { Metrics } from '../metrics.js';

/** For Prometheus, with a credential like any other caller, in the OpenMetrics format. */
export async function metricsRoutes(
  app: Api,
  registry: Metrics,
  refresh: () => Promise<void>,
): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Requests, resources and the work under way, as Prometheus reads them',
        tags: ['service'],
        response: {
          200: {
            description: 'Metrics.',
            content: { 'application/openmetrics-text': { schema: z.string() } },
          },
        },
      },
    },
    async (_request, reply) => {
      await refresh();
      const text = await registry.metrics();
      return reply.type(registry.contentType).serializer(String).send(text);
    },
  );
}
