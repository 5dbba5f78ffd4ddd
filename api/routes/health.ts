import { z } from 'zod';
import type { Api } from '../api.js';
import type { ApiParts } from '../api-parts.js';
import { ProblemError } from '../problem.js';
import { readiness } from '../readiness.js';

/** For whoever runs the service: a restart is called for when it is not alive, and no requests when it is not ready. */
export async function healthRoutes(app: Api, { quiesce, draining, closing }: ApiParts): Promise<void> {
  const askReadiness = readiness(quiesce.client);
  const config = { scope: 'open', rateLimit: false } as const;
  app.get(
    '/healthz',
    {
      config,
      schema: {
        operationId: 'isAlive',
        summary: 'Whether the service runs',
        tags: ['service'],
        response: { 200: z.object({ alive: z.literal(true) }) },
      },
    },
    () => ({ alive: true as const }),
  );
  app.get(
    '/readyz',
    {
      config: { ...config, problems: ['not-ready'] },
      schema: {
        operationId: 'isReady',
        summary: 'Whether Temporal answers within a second, and Workers poll',
        tags: ['service'],
        response: { 200: z.object({ ready: z.literal(true) }) },
      },
    },
    async () => {
      const isStopping = draining.aborted || closing.aborted;
      const why = isStopping ? 'It is about to stop.' : await askReadiness();
      if (why !== undefined) throw new ProblemError('not-ready', why);
      return { ready: true as const };
    },
  );
}
