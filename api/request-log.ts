import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';

/** One line a request, when it is over: who asked for what, how it was answered, and how long that took. */
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
    const { method, url, caller, ip } = request;
    const line = {
      method,
      url,
      caller: caller?.name,
      ip,
      status: reply.statusCode,
      tookMs: Math.round(reply.elapsedTime),
      ...(error && { err: error }),
    };
    reply.log.info(line, 'answered');
  }
}
