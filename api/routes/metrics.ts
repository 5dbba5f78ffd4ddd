import { z } from 'zod';
import type { Api } from '../api.js';
import { inFormat } from '../../telemetry/metrics-format.js';
import type { Metrics } from '../metrics.js';
import { ProblemError } from '../problem.js';

/**
 * For Prometheus, with a credential like any other caller: OpenMetrics, or Prometheus' text for those who ask for that. One that is
 * limited to connections sees none: what is under way of all of them is in it.
 */
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
            content: {
              'application/openmetrics-text': { schema: z.string() },
              'text/plain': { schema: z.string() },
            },
          },
        },
      },
    },
    async ({ headers, caller }, reply) => {
      if (caller.connections !== undefined)
        throw new ProblemError(
          'forbidden',
          `Metrics tell of all connections, and ${caller.name} is limited to some: use a credential without that limit.`,
        );
      await refresh();
      const { contentType, text } = inFormat(await registry.metrics(), headers.accept);
      return reply.type(contentType).header('vary', 'accept').serializer(String).send(text);
    },
  );
}
