import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import {
  fastify,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ApiSettings } from '../config/api-settings.js';
import { redact } from '../telemetry/redact.js';
import { answerProblem } from './answer-problem.js';
import type { Api } from './api.js';
import { httpServer, type Tls } from './http-server.js';
import { OpenConnections } from './open-connections.js';
import { PROBLEM_TYPE, ProblemError, problemBody, toProblem, type ProblemSlug } from './problem.js';
import { requestIdOf } from './request-id.js';
import { RequestLog } from './request-log.js';

export interface AppOptions {
  readonly settings: ApiSettings;
  /** Plain HTTP without it. */
  readonly tls?: Tls;
  /** Where its lines of JSON go; nowhere without it. */
  readonly log?: { write(line: string): void };
}

/** The longest Workflow id Temporal takes, as base64url. */
const LONGEST_PARAM = 1_400;

/** As the Workers write theirs. */
const LOG_LINES = {
  level: 'info',
  base: null,
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: {
    level: (label: string) => ({ level: label }),
    log: (line: Record<string, unknown>) => redact(line) as Record<string, unknown>,
  },
};

/** A server without routes: its limits, its log, and how it reads and answers. */
export function newApp({ settings, tls, log }: AppOptions): Api {
  const options = {
    bodyLimit: settings.bodyLimitBytes,
    trustProxy: (_address: string, hop: number) => hop < settings.trustedHops,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    genReqId: (request: Pick<IncomingMessage, 'headers'>) => requestIdOf(request),
    logController: new RequestLog(),
    ...(log !== undefined && { logger: { ...LOG_LINES, stream: log } }),
    // What is under way when the service stops is answered as ever, and so is what comes on a connection that it has.
    return503OnClosing: false,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: answerError,
    serverFactory: (handle: RequestListener) => httpServer(handle, tls),
    // It tells of itself by this whether its address is one of https.
    ...(tls !== undefined && { https: tls }),
  };
  // Its types know one server at a time; to a route, one with TLS is like one without.
  const app: Api = fastify(options as FastifyHttpOptions<Server>);
  const connections = new OpenConnections(app.server);
  app.addHook('preClose', async () => connections.closeIdle());
  app.addHook('onRequest', refuseUnclearHost);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  // A web page may send text to any address without asking first; it may not send JSON.
  app.removeContentTypeParser('text/plain');
  return app;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  answerProblem(toProblem(error), request, reply);
}

/** RFC 9112, 3.2. Of two, a proxy before us may have looked at the other. */
async function refuseUnclearHost({ raw }: FastifyRequest): Promise<void> {
  const { length: hosts } = raw.rawHeaders.filter((text, place) => place % 2 === 0 && /^host$/i.test(text));
  if (hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1'))
    throw new ProblemError(
      'invalid-request',
      'A request of HTTP/1.1 says in the header `Host`, and says once, whom it asks.',
    );
}

/** What Node tells of a connection on which there is no request to answer. */
const UNREADABLE: Readonly<Record<string, ProblemSlug>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
};

function refuseUnreadable(
  this: Pick<FastifyInstance, 'log'>,
  { code }: { readonly code?: string },
  socket: Socket,
): void {
  // Before TLS is spoken, there is nobody to tell, and what is written would wait for ever.
  if (/^ERR_(?:TLS|SSL)_/.test(code ?? '')) socket.destroy();
  if (code === 'ECONNRESET' || !socket.writable || socket.destroyed) return;
  const slug = UNREADABLE[code ?? ''] ?? 'invalid-request';
  const problem = new ProblemError(slug, `This is no HTTP request that can be read (${code ?? 'unknown'}).`);
  const requestId = randomUUID();
  const body = JSON.stringify(problemBody(problem, requestId));
  this.log.info({ requestId, ip: socket.remoteAddress, status: problem.status, code }, 'could not be read');
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
