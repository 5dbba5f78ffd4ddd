import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';

/** PEM texts. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** Who sends slowly, and by many connections, takes no place of others for long. */
const HEADERS_WITHIN_MS = 10_000;
/** A list of 100,000 targets over a slow line. */
const REQUEST_WITHIN_MS = 120_000;
/** Longer than load balancers keep theirs, so that they and not we close first. */
const IDLE_CONNECTION_MS = 75_000;
const MOST_CONNECTIONS = 4_000;

const LIMITS = {
  headersTimeout: HEADERS_WITHIN_MS,
  requestTimeout: REQUEST_WITHIN_MS,
  keepAliveTimeout: IDLE_CONNECTION_MS,
  connectionsCheckingInterval: 1_000,
  // Node would refuse what has no Host by itself, and with an empty body.
  requireHostHeader: false,
};
/** Until it is over, Node counts none of the above. */
const HANDSHAKE = { handshakeTimeout: HEADERS_WITHIN_MS };

/** Node's server, with our limits. */
export function httpServer(handle: RequestListener, tls: Tls | undefined): Server {
  const server: Server =
    tls === undefined
      ? createPlain(LIMITS, handle)
      : createSecure({ ...LIMITS, ...HANDSHAKE, ...tls }, handle);
  server.maxConnections = MOST_CONNECTIONS;
  // What else may be expected than 100-continue nobody has ever said; it may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
}
