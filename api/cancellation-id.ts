import { ProblemError } from './problem.js';

/** What a cancellation's id looks like in a path; of a route, so that a verb can follow it. */
export const CANCELLATION_PATH = '/v1/cancellations/:id([A-Za-z0-9_-]+)';

/** A cancellation as the service knows it: its Workflow id, and what that says. */
export interface NamedCancellation {
  readonly workflowId: string;
  readonly connection: string;
}

/** The kinds of Workflow that are cancellations, by the start of their ids; the others of the namespace are none of a caller's business. */
const CANCELLATION = /^(?:cancel|dry-run)\/[^/]+\/([^/]+)\/./;

/** A Workflow id holds slashes, which a path does not. */
export function toCancellationId(workflowId: string): string {
  return Buffer.from(workflowId, 'utf8').toString('base64url');
}

/** @throws ProblemError `cancellation-not-found` for all that no cancellation can have as its id. */
export function fromCancellationId(id: string): NamedCancellation {
  const workflowId = Buffer.from(id, 'base64url').toString('utf8');
  const connection = CANCELLATION.exec(workflowId)?.[1];
  if (connection !== undefined && toCancellationId(workflowId) === id) {
    return { workflowId, connection: decoded(connection) };
  }
  throw new ProblemError('cancellation-not-found', `There is no cancellation ${id.slice(0, 100)}.`);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // A stray % sign: no connection is called that, and no cancellation has that id.
  }
}
