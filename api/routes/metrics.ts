import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Api } from '../api.js';

/** For Prometheus, with a credential like any other caller. */
export async function metricsRoutes(app: Api, registry: Registry): Promise<void> {
  app.get(
    '/metrics',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Requests and resources, as Prometheus reads them',
        tags: ['service'],
        response: { 200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const text = await registry.metrics();
      return reply.type(registry.contentType).serializer(String).send(text);
    },
  );
}
