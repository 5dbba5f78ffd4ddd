import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';

/**
 * One line a request, when it is over: who asked for what, how it was answered, and how long that took. Without the query, in which
 * callers write reasons and names of tasks, and now and then what is nobody's business.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'requestId' });
  }

  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const { method, caller, ip } = request;
    const line = {
      method,
      path: request.url.split('?', 1)[0],
      caller: caller?.name,
      ip,
      status: reply.statusCode,
      tookMs: Math.round(reply.elapsedTime),
      ...(error && { err: error }),
    };
    reply.log.info(line, 'answered');
  }
}
