import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_TYPE, problemBody, type ProblemError } from './problem.js';

/** Tells the caller what went wrong; what the caller cannot know goes into the log, under the same request id. */
export function answerProblem(problem: ProblemError, request: FastifyRequest, reply: FastifyReply): void {
  const { cause, headers = {} } = problem.more;
  if (problem.status >= 500) request.log.error({ err: cause ?? problem }, problem.message);
  void reply
    .code(problem.status)
    .headers({ ...headers, 'cache-control': 'no-store', 'x-request-id': request.id })
    .type(PROBLEM_TYPE)
    // As text: the schemas of a route's answers are not asked again.
    .send(JSON.stringify(problemBody(problem, request.id)));
}
