import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

interface Kind {
  readonly status: number;
  readonly title: string;
}

/** Every problem the service answers with (RFC 9457). Slugs are part of the interface: never renamed. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not of the right form' },
  'invalid-task': { status: 400, title: 'This names no task' },
  'invalid-targets': { status: 400, title: 'The list of targets cannot be used' },
  'unknown-connection': { status: 400, title: 'There is no such connection' },
  'callback-not-allowed': { status: 400, title: 'No callback may be sent there' },
  unauthenticated: { status: 401, title: 'Who is calling is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'cancellation-not-found': { status: 404, title: 'There is no such cancellation' },
  'campaign-not-found': { status: 404, title: 'There is no such campaign' },
  'method-not-allowed': { status: 405, title: 'This address does not take this method' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'cancellation-ended': { status: 409, title: 'The cancellation has ended already' },
  'campaign-ended': { status: 409, title: 'The campaign has ended already' },
  'campaign-given-up': { status: 409, title: 'The campaign was given up before all its targets were there' },
  'campaign-exists': { status: 409, title: 'There is another campaign of that id' },
  'campaign-failed': { status: 409, title: 'The campaign ended without a result' },
  'request-refused': { status: 409, title: 'This does not fit how it stands' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is of another type' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key belongs to another request' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong here' },
  'temporal-unavailable': { status: 503, title: 'Temporal does not answer' },
  'not-set-up': { status: 503, title: 'The namespace is not set up' },
  'no-worker': { status: 503, title: 'No Worker answers' },
  'not-ready': { status: 503, title: 'Not ready' },
  'authentication-unavailable': { status: 503, title: 'Callers cannot be recognized at the moment' },
} as const satisfies Record<string, Kind>;

export type ProblemSlug = keyof typeof PROBLEMS;

/** Errors of the client library whose message tells a caller what is wrong; by name, as the command line has them. */
const SLUG_BY_ERROR: Readonly<Record<string, ProblemSlug>> = {
  InvalidTaskError: 'invalid-task',
  TargetFileError: 'invalid-targets',
  CancellationNotFoundError: 'cancellation-not-found',
  CancellationEndedError: 'cancellation-ended',
  CampaignNotFoundError: 'campaign-not-found',
  CampaignScheduleNotFoundError: 'not-found',
  CampaignEndedError: 'campaign-ended',
  CampaignGivenUpError: 'campaign-given-up',
  CampaignExistsError: 'campaign-exists',
  CampaignFailedError: 'campaign-failed',
  RequestRefusedError: 'request-refused',
  NoWorkerError: 'no-worker',
  NotSetUpError: 'not-set-up',
  TemporalUnreachableError: 'temporal-unavailable',
  NoAnswerInTimeError: 'temporal-unavailable',
};

/** Where the client's sentence is for others: for whoever runs the service, who finds it in the log, or for whoever names campaigns. */
const OWN_DETAIL: Partial<Readonly<Record<ProblemSlug, string>>> = {
  'temporal-unavailable': 'Temporal does not answer, or too slowly; try again.',
  'campaign-given-up':
    'What this Idempotency-Key began was given up before all its targets were there, and nothing of it was asked: send it under another key.',
  'not-set-up':
    'The namespace lacks what Quiesce needs of it: whoever runs this service has to set it up once.',
};

/** Of fastify's own errors; what is not listed and is the caller's fault is an `invalid-request`. */
const SLUG_BY_FASTIFY_CODE: Readonly<Record<string, ProblemSlug>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
};

/** gRPC's statuses for a server that is away, too slow, or has too much to do. */
const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([1, 4, 8, 14]);

const SOON_S = 1;
const LONGEST_TOLD = 600;
/** Of a path that leads out of the folder of the pages: @fastify/static refuses it by an error of http-errors. */
const NO_FILE = 'There is no such file.';

/** One thing that is wrong with a request. */
export interface Fault {
  /** A JSON pointer into the body, the query or the headers; of a list of targets, its line. */
  readonly at: string;
  /** Of a list of targets, from 1; 0 is the list as a whole. */
  readonly line?: number;
  readonly message: string;
}

/** What a route throws, and all that any answer tells of an error. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly slug: ProblemSlug,
    /** One sentence for whoever called: what was wrong, and what to do. */
    detail: string,
    readonly more: {
      readonly faults?: readonly Fault[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
  }

  get status(): number {
    return PROBLEMS[this.slug].status;
  }
}

/** The body of an answer of type `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string;
  readonly errors?: readonly Fault[];
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The stable `type` of a problem. */
export function problemType(slug: ProblemSlug): string {
  return `urn:quiesce:problem:${slug}`;
}

export function problemBody(error: ProblemError, requestId?: string): Problem {
  const { status, title } = PROBLEMS[error.slug];
  const { faults } = error.more;
  return {
    type: problemType(error.slug),
    title,
    status,
    detail: shortened(error.message),
    ...(requestId !== undefined && { requestId }),
    ...(faults !== undefined && {
      errors: faults.map((fault) => ({
        ...fault,
        at: shortened(fault.at),
        message: shortened(fault.message),
      })),
    }),
  };
}

/** What is wrong may be quoted in it, and of any length; whoever sent it has it. */
function shortened(text: string): string {
  return text.length <= LONGEST_TOLD ? text : `${text.slice(0, LONGEST_TOLD)}…`;
}

/** Any error as what is told of it. What nobody expected tells nothing but that: its message may be about our insides. */
export function toProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (!(thrown instanceof Error)) return internal(thrown);
  const slug = SLUG_BY_ERROR[thrown.name] ?? (isTemporalTrouble(thrown) ? 'temporal-unavailable' : undefined);
  if (slug === undefined) return fromFastify(thrown) ?? internal(thrown);
  return new ProblemError(slug, OWN_DETAIL[slug] ?? thrown.message, withRetry(slug, thrown));
}

const CALLER_GONE = 'ECONNRESET';
const CUT_OFF = 'The request ended before its body did.';

function withRetry(slug: ProblemSlug, cause: unknown) {
  const isTemporary = PROBLEMS[slug].status === 503;
  return { cause, ...(isTemporary && { headers: { 'retry-after': String(SOON_S) } }) };
}

function fromFastify(thrown: Error): ProblemError | undefined {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const faults = thrown.validation.map(({ instancePath, message = '' }) => ({ at: instancePath, message }));
    const place = (thrown as FastifyError).validationContext ?? 'request';
    const [first] = faults;
    const detail = `The ${place} is not right${first === undefined ? '' : ` at ${first.at}: ${first.message}`}.`;
    return new ProblemError('invalid-request', detail, { faults, cause: thrown });
  }
  const { code, statusCode = 500 } = thrown as Partial<FastifyError>;
  if (thrown.name === 'ForbiddenError') return new ProblemError('not-found', NO_FILE, { cause: thrown });
  if (statusCode >= 500 || code === undefined) return undefined;
  // Fastify gives the request's own end a status, and so tells it from that of a connection of ours.
  if (code === CALLER_GONE) return new ProblemError('invalid-request', CUT_OFF, { cause: thrown });
  if (!code.startsWith('FST_')) return undefined;
  const slug = SLUG_BY_FASTIFY_CODE[code] ?? 'invalid-request';
  return new ProblemError(slug, thrown.message, { cause: thrown });
}

function internal(cause: unknown): ProblemError {
  const detail = 'Nobody expected this; the log tells more under the same request id.';
  return new ProblemError('internal', detail, { cause });
}

/** At whatever depth the client has wrapped the server's answer. */
function isTemporalTrouble(thrown: Error): boolean {
  if ('code' in thrown && 'details' in thrown && UNAVAILABLE_CODES.has(thrown.code)) return true;
  return thrown.cause instanceof Error && isTemporalTrouble(thrown.cause);
}
