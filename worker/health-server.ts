import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthSettings } from '../config/worker-settings.js';
import { listenOn, type Listening } from './listen-on.js';

/** Why no work should be expected of this process now, as a sentence; undefined when it is ready. */
export type AskReadiness = () => Promise<string | undefined>;

/**
 * Serves `/healthz`, which is answered for as long as this process can answer at all, and `/readyz`, with 503 and the reason
 * while it is not ready. It knows nothing that is secret, and asks nobody who they are.
 * @throws ConfigError when nobody can listen there.
 */
export function startHealthServer(settings: HealthSettings, askReadiness: AskReadiness): Promise<Listening> {
  const { host, port } = settings;
  return listenOn(
    settings,
    (request, response) => void answer(request, response, askReadiness),
    (code) =>
      `Nobody can listen on ${host}, port ${port} (${code}): choose another with --health-host and --health-port, or in the config's worker.health.`,
  );
}

async function answer(
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  askReadiness: AskReadiness,
): Promise<void> {
  const path = url.split('?', 1)[0];
  if (method !== 'GET' && method !== 'HEAD') send(response.setHeader('allow', 'GET, HEAD'), 405, {});
  else if (path === '/healthz') send(response, 200, { alive: true });
  else if (path === '/readyz') {
    const why = await askReadiness();
    send(response, why === undefined ? 200 : 503, { ready: why === undefined, why });
  } else send(response, 404, {});
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
