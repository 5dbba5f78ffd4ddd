import type { SwaggerTransform } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';

interface ByType {
  readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
}

/** Lets a transform that knows one schema for a body describe one for each media type, too, as it does for answers. */
export function bodiesByType(transform: SwaggerTransform): SwaggerTransform {
  return (document) => {
    const { body, ...rest } = document.schema ?? {};
    if (!isByType(body)) return transform(document);
    const described = (schema: FastifySchema) => transform({ ...document, schema });
    const types = Object.entries(body.content).map(([type, { schema }]) => {
      const { schema: transformed } = described({ body: schema });
      return [type, { schema: transformed.body }] as const;
    });
    const { schema, url } = described(rest);
    return { schema: { ...schema, body: { content: Object.fromEntries(types) } }, url };
  };
}

function isByType(body: unknown): body is ByType {
  return typeof body === 'object' && body !== null && 'content' in body;
}
