import { z } from 'zod';
import { PROBLEMS, problemType, type ProblemSlug } from '../problem.js';

export const problemSchema = z
  .object({
    type: z.string().describe('Stable: `urn:quiesce:problem:` and a slug. Match on this.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What was wrong, and what to do.'),
    requestId: z.string().optional().describe('The same as in the header `x-request-id`, and in the log.'),
    errors: z
      .array(
        z.object({
          at: z.string().describe('A JSON pointer; of a list of targets, its line.'),
          line: z.int().optional().describe('Of a list of targets, from 1; 0 is the list as a whole.'),
          message: z.string(),
        }),
      )
      .optional()
      .describe('Each thing that is wrong with a request.'),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457).' });

/** The documented answers of these problems, by status: what a route's `response` takes beside its own. */
export function problemResponses(...slugs: readonly ProblemSlug[]) {
  const statuses = [...new Set(slugs.map((slug) => PROBLEMS[slug].status))];
  return Object.fromEntries(statuses.map((status) => [status, responseOf(slugs.filter(has(status)))]));
}

function responseOf(slugs: readonly ProblemSlug[]) {
  return {
    description: slugs.map((slug) => `\`${problemType(slug)}\`: ${PROBLEMS[slug].title}.`).join('\n\n'),
    content: { 'application/problem+json': { schema: problemSchema } },
  };
}

function has(status: number) {
  return (slug: ProblemSlug) => PROBLEMS[slug].status === status;
}
