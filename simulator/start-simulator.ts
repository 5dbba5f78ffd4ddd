import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  SIMULATED_CREDENTIALS,
  type SimulatedCredentials,
} from '../providers/vendors/simulated-credentials.js';
import { answerCall } from './answer-call.js';
import { CONTROL_PREFIX, control } from './control-api.js';
import { ControlError } from './control-error.js';
import { Simulator } from './simulator.js';
import type { WireAnswer, WireRequest } from './simulated-provider.js';

/** Enough for a hundred thousand seeded ids. */
const LARGEST_BODY_BYTES = 16 * 1024 * 1024;
/** Longer than any client keeps an idle connection: a close from our side would look like a scripted reset. */
const KEEP_ALIVE_MS = 10 * 60_000;

export interface SimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. The control API asks for no credential: mind what you open it to. */
  readonly host?: string;
}

export interface RunningSimulator {
  readonly endpoint: string;
  /** What it accepts, by vendor. */
  readonly credentials: SimulatedCredentials;
  /** Ends at once; calls that are still open are cut. */
  close(): Promise<void>;
}

/** Starts every provider's simulated cloud in this process, on one port. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<RunningSimulator> {
  const { port = 0, host = '127.0.0.1' } = options;
  const simulator = await Simulator.load();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (message, response) => {
    serve(simulator, message, response).catch((error: unknown) => fail(response, error));
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    endpoint: `http://${name}:${address.port}`,
    credentials: structuredClone(SIMULATED_CREDENTIALS), // The AWS SDK writes into the object it is given.
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} of ${host} is taken: stop what listens there, or choose another port.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
    });
    server.listen({ port, host, backlog: 1024 }, resolve);
  });
}

async function serve(
  simulator: Simulator,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await read(message);
  if (request.path.startsWith(CONTROL_PREFIX)) return sendJson(response, 200, control(simulator, request));
  const outcome = await answerCall(simulator, request);
  switch (outcome?.kind) {
    case 'answer':
      // Node would answer this machine's time, which is not the vendor's.
      response.setHeader('date', new Date(simulator.clock.shown()).toUTCString());
      return send(response, outcome.answer);
    case 'hang':
      if (outcome.ms !== undefined) setTimeout(() => reset(response), outcome.ms).unref();
      return;
    case 'reset':
      return reset(response);
    case undefined:
      return sendJson(response, 404, {
        error: `No simulated provider knows ${request.method} ${request.path}`,
      });
  }
}

async function read(message: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES)
      throw new ControlError(`the body exceeds ${LARGEST_BODY_BYTES} bytes`, 413);
    chunks.push(chunk);
  }
  const [path = '/', ...query] = (message.url ?? '/').split('?');
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  return { method: message.method ?? 'GET', path, query: query.join('?'), headers: message.headers, body };
}

function send(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  });
}

/** An RST, as from a cloud's front end that died: the client sees ECONNRESET. */
function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  if (error instanceof ControlError) return sendJson(response, error.status, { error: error.message });
  // A fault of the simulator itself must not pass for the vendor's: nothing is scripted about this one.
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`The simulator failed: ${reason}\n`);
  sendJson(response, 500, {
    error: `the simulator failed: ${error instanceof Error ? error.message : reason}`,
  });
}
