import type { Api } from './api.js';

/**
 * What the Temporal UI sends to a codec server (https://docs.temporal.io/production-deployment/data-encryption#codec-server-setup);
 * with the token of a user who signed in, also the id token as `Authorization-Extras`
 * (https://github.com/temporalio/ui/blob/v2.52.0/src/lib/services/data-encoder.ts), which nobody reads here.
 */
const ALLOWED = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, authorization-extras, content-type, x-namespace',
  'access-control-max-age': '600',
};

/** Lets web pages of one origin call the service, and none without one. Answers their preflights; to be added before what asks for credentials. */
export function allowOrigin(app: Api, allowed: string | undefined): void {
  app.addHook('onRequest', async ({ headers: { origin }, method }, reply) => {
    reply.header('vary', 'origin');
    if (origin === undefined || origin !== allowed) return;
    reply.header('access-control-allow-origin', allowed).header('access-control-allow-credentials', 'true');
    // What is answered here goes no further.
    if (method === 'OPTIONS') await reply.code(204).headers(ALLOWED).send();
  });
}
