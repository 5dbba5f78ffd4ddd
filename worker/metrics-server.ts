import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricsSettings } from '../config/metrics-settings.js';
import { inFormat } from '../telemetry/metrics-format.js';
import { listenOn, type Listening } from './listen-on.js';

/** The SDK's exporter answers from memory. */
const READ_WITHIN_MS = 10_000;

/**
 * Serves `/metrics` as OpenMetrics, or as Prometheus' text to those who ask for that, which is all that the SDK's own exporter
 * writes. That one listens on loopback, at `source`, and is read anew for every request.
 * @throws ConfigError when nobody can listen there.
 */
export function startMetricsServer(settings: MetricsSettings, source: string): Promise<Listening> {
  const { host, port } = settings;
  return listenOn(
    settings,
    (request, response) => void answer(request, response, source),
    (code) =>
      `The metrics cannot be shown on ${host}, port ${port} (${code}). Choose another address with --metrics-port, or in the config's section metrics.`,
  );
}

async function answer(request: IncomingMessage, response: ServerResponse, source: string): Promise<void> {
  const { method = '', url = '', headers } = request;
  if (method !== 'GET' && method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end();
  else if (url.split('?', 1)[0] !== '/metrics') response.writeHead(404).end();
  else {
    const read = await fetch(source, { signal: AbortSignal.timeout(READ_WITHIN_MS) })
      .then((exported) => (exported.ok ? exported.text() : undefined))
      .catch(() => undefined);
    if (read === undefined) return void response.writeHead(503).end();
    const { contentType, text } = inFormat(read, headers.accept);
    response.writeHead(200, { 'content-type': contentType, vary: 'accept' }).end(text);
  }
}
