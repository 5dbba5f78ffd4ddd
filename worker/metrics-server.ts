import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ConfigError } from '../config/config-error.js';
import type { MetricsSettings } from '../config/metrics-settings.js';
import { inFormat } from '../telemetry/metrics-format.js';

/** The SDK's exporter answers from memory. */
const READ_WITHIN_MS = 10_000;

export interface MetricsServer {
  close(): void;
}

/**
 * Serves `/metrics` as OpenMetrics, or as Prometheus' text to those who ask for that, which is all that the SDK's own exporter
 * writes. That one listens on loopback, at `source`, and is read anew for every request.
 * @throws ConfigError when nobody can listen there.
 */
export async function startMetricsServer(
  { host, port }: MetricsSettings,
  source: string,
): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(request, response, source));
  server.listen(port, host);
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigError(
      `The metrics cannot be shown on ${host}, port ${port} (${code}). Choose another address with --metrics-port, or in the config's section metrics.`,
    );
  });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
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
