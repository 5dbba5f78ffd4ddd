import { z } from 'zod';

/** A route's answers with what they are, which is said where their schema is and nowhere else. */
export function describedResponses(responses: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(responses ?? {}).map(([status, response]: [string, unknown]) => [
      status,
      response instanceof z.ZodType ? described(response) : response,
    ]),
  );
}

function described(schema: z.ZodType) {
  return {
    description: schema.meta()?.description ?? 'As asked.',
    content: { 'application/json': { schema } },
  };
}
