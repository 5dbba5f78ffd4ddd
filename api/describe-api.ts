import fastifySwagger, { type SwaggerTransformObject } from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import type { Api } from './api.js';
import { bodiesByType } from './bodies-by-type.js';

export const DOCS_PATH = '/docs';

const ABOUT = `Cancels long-running cloud data tasks and proves how they ended.

A cancellation is started by a task's name, and goes on by itself: follow it, or wait for its verdict. Everything is kept by Temporal.
Errors are problem details (RFC 9457): match on their \`type\`, which never changes.`;

/** Describes all routes registered after it, from the schemas that check them: \`/openapi.json\`, and a page to browse it. */
export async function describeApi(app: Api, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Quiesce',
        version,
        description: ABOUT,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'cancellations', description: 'Single tasks.' },
        { name: 'campaigns', description: 'Many tasks at once.' },
        { name: 'connections', description: 'Accounts and regions, by name.' },
        { name: 'service', description: 'For whoever runs it.' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key, or a token of the configured issuer.',
          },
        },
      },
      security: [{ bearer: [] }],
    },
    transform: bodiesByType(createJsonSchemaTransform({ skipList: [] })),
    transformObject: (document) =>
      optionalBodies(plainlyNamed(withoutUnused(jsonSchemaTransformObject(document)))),
  });
  await app.register(fastifySwaggerUi, {
    routePrefix: DOCS_PATH,
    uiConfig: { layout: 'BaseLayout', docExpansion: 'list' },
    theme: { title: 'Quiesce: the API' },
    staticCSP: true,
    // Behind plain HTTP on loopback there is nothing to upgrade to; and nothing is asked of anybody else.
    transformStaticCSP: (policy) =>
      policy
        .replace(' upgrade-insecure-requests;', '')
        .replace(' validator.swagger.io', '')
        .replaceAll(' https:', ''),
  });
  app.get('/openapi.json', { config: { scope: 'open' }, schema: { hide: true } }, () => app.swagger());
}

type Document = ReturnType<SwaggerTransformObject>;

/** Every schema is described as it is sent and as it is received; of most, one of the two is used. */
function withoutUnused(document: Document): Document {
  const { components, ...rest } = document as Partial<OpenAPIV3_1.Document>;
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const follow = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name]);
    }
  };
  follow(rest);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...rest, components: { ...components, schemas: kept } };
}

/** What is only ever received needs no name that says so. */
function plainlyNamed(document: Document): Document {
  const names = Object.keys((document as Partial<OpenAPIV3_1.Document>).components?.schemas ?? {});
  const text = names
    .filter((name) => name.endsWith('Input') && !names.includes(name.slice(0, -'Input'.length)))
    .reduce(
      (json, name) => json.replaceAll(`${name}"`, `${name.slice(0, -'Input'.length)}"`),
      JSON.stringify(document),
    );
  return JSON.parse(text) as Document;
}

/** A body that may be null may be left out; that it is required is said of every body else. */
function optionalBodies(document: Document): Document {
  const operations = Object.values((document as Partial<OpenAPIV3_1.Document>).paths ?? {}).flatMap((path) =>
    Object.values(path ?? {}),
  ) as OpenAPIV3_1.OperationObject[];
  for (const { requestBody } of operations) {
    if (requestBody === undefined || !('content' in requestBody)) continue;
    const { schema } = requestBody.content['application/json'] ?? {};
    const kinds = schema !== undefined && 'anyOf' in schema ? (schema.anyOf ?? []) : [];
    if (kinds.some((kind) => 'type' in kind && kind.type === 'null')) requestBody.required = false;
  }
  return document;
}
