import type { Payload, PayloadCodec } from '@temporalio/common';
import type { FastifyRequest } from 'fastify';
import { EncryptionError } from '../encryption/encryption-error.js';
import { allowOrigin } from './allow-origin.js';
import type { Api } from './api.js';
import type { Scope } from './caller.js';
import { guard } from './guard.js';
import { newApp } from './new-app.js';
import { ProblemError } from './problem.js';
import { payloadsBody } from './schemas/codec.js';
import type { Serving } from './serve.js';

export interface CodecServerOptions extends Serving {
  readonly codec: PayloadCodec;
  /** The namespace the keys are of. */
  readonly namespace: string;
  /** Of the Temporal UI; without it, no web page is let in. */
  readonly uiOrigin?: string;
}

/** Payloads of a long history's page. */
const BODY_LIMIT_BYTES = 16 * 1_048_576;

/** What a caller needs: to start Workflows takes `encode`, to read them `decode`. */
const SCOPE_OF = { encode: 'cancel', decode: 'read' } as const satisfies Record<string, Scope>;

/** Encrypts and decrypts for the Temporal UI and its command line, which have no keys; not listening yet. */
export async function createCodecServer({
  codec,
  namespace,
  uiOrigin,
  authenticate,
  settings,
  draining,
  ...options
}: CodecServerOptions): Promise<Api> {
  const app = newApp({ ...options, settings: { ...settings, bodyLimitBytes: BODY_LIMIT_BYTES } });
  allowOrigin(app, uiOrigin);
  app.addHook('onSend', async (_request, reply) => {
    if (draining.aborted) reply.header('connection', 'close');
  });
  await guard(app, authenticate, settings.rateLimit);
  app.setNotFoundHandler(() => {
    throw new ProblemError('not-found', 'There are POST /encode and POST /decode.');
  });
  app.get('/healthz', { config: { scope: 'open', rateLimit: false } }, () => ({ alive: true }));
  for (const [way, scope] of Object.entries(SCOPE_OF) as ['encode' | 'decode', Scope][])
    app.post(`/${way}`, { config: { scope }, schema: { body: payloadsBody } }, async (request, reply) => {
      checkReach(request, namespace);
      const payloads = await codec[way](request.body.payloads as Payload[]).catch(orInvalid);
      return reply.header('cache-control', 'no-store').send({ payloads: payloads.map(toJson) });
    });
  return app;
}

/** A payload does not say which connection it is about: whoever may see some alone may decrypt none. */
function checkReach({ caller, headers }: FastifyRequest, namespace: string): void {
  if (caller.connections !== undefined)
    throw new ProblemError(
      'forbidden',
      `This needs a caller of all connections; ${caller.name} may use some.`,
    );
  const asked = headers['x-namespace'];
  if (asked !== undefined && asked !== namespace)
    throw new ProblemError('forbidden', `These keys are of the namespace ${namespace} alone.`);
}

function orInvalid(thrown: unknown): never {
  throw thrown instanceof EncryptionError ? new ProblemError('invalid-request', thrown.message) : thrown;
}

function toJson({ metadata, data }: Payload) {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)]);
  return { metadata: Object.fromEntries(entries) as Record<string, string>, data: toBase64(data) };
}

function toBase64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
