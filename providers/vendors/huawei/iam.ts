import type { ProviderErrorKind } from '../../../contract/failures.js';
import { jsonObject, type HttpAnswer, type HttpEndpoint } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { requestIdIfAny } from '../../request-id-if-any.js';
import { canonicalQuery, type SentRequest } from '../canonical-request.js';
import { credentialError } from '../credentials/credential-error.js';

/** An IAM user: a HUAWEI ID itself cannot obtain a token. */
export interface IamLogin {
  /** The account's name. */
  readonly domainName: string;
  readonly userName: string;
  readonly password: string;
}

export interface IamToken {
  readonly token: string;
  readonly expiresAtMs: number;
  /** The project it is for; every token asked for here is for one. */
  readonly projectId?: string;
}

const LONGEST_TEXT = 200;

/**
 * Obtains a token for one project, named by the region or by its id. Getting one does not void those before.
 * @see https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
 */
export async function requestToken(
  iam: HttpEndpoint,
  login: IamLogin,
  project: { readonly name: string } | { readonly id: string },
  signal: AbortSignal,
): Promise<IamToken> {
  const { domainName, userName, password } = login;
  const user = { domain: { name: domainName }, name: userName, password };
  const identity = { methods: ['password'], password: { user } };
  const answer = await iam.call(
    {
      method: 'POST',
      path: '/v3/auth/tokens',
      query: 'nocatalog=true', // The list of all services would make up most of the answer.
      headers: { 'content-type': 'application/json;charset=utf8' },
      body: JSON.stringify({ auth: { identity, scope: { project } } }),
    },
    signal,
  );
  const token = answer.headers['x-subject-token'];
  const about = child(jsonObject(answer), 'token');
  const expiresAt = about?.['expires_at'];
  const expiresAtMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
  if (answer.status !== 201 || token === undefined || Number.isNaN(expiresAtMs)) throw iamError(answer);
  const projectId = child(about, 'project')?.['id'];
  return { token, expiresAtMs, ...(isId(projectId) && { projectId }) };
}

/**
 * Looks up the id of the region's project.
 * @param sign signs the request.
 * @see https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html
 */
export async function requestProjectId(
  iam: HttpEndpoint,
  region: string,
  sign: (request: SentRequest) => SentRequest,
  signal: AbortSignal,
): Promise<string> {
  const headers = { host: iam.host, 'content-type': 'application/json' };
  const query = canonicalQuery([['name', region]]);
  const signed = sign({ method: 'GET', path: '/v3/projects', query, headers, body: '' });
  const answer = await iam.call(signed, signal);
  const projects = jsonObject(answer)?.['projects'];
  if (answer.status !== 200 || !Array.isArray(projects)) throw iamError(answer);
  const [id, ...others] = projects.map((project) => object(project)?.['id']);
  if (isId(id) && others.length === 0) return id;
  // A person has to act: to choose one, or to grant the permission to see it.
  throw credentialError(
    'ProjectNotFound',
    `IAM knows ${projects.length} projects named ${region}; name the project's id in the config`,
    requestIdIfAny(answer.headers['x-request-id']),
  );
}

/** An empty one would lead to another address of the service. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** IAM has three shapes of errors: its own old and new one, and the gateway's. */
function iamError(answer: HttpAnswer): ProviderError {
  const body = jsonObject(answer);
  const error = child(body, 'error') ?? body;
  const code = error?.['error_code'] ?? error?.['title'] ?? error?.['code'];
  const message = error?.['error_msg'] ?? error?.['message'];
  return new ProviderError(
    kindOf(answer.status),
    typeof code === 'string' && code.trim() !== '' ? code.slice(0, LONGEST_TEXT) : `HTTP ${answer.status}`,
    `IAM: ${typeof message === 'string' ? withoutKeyIds(message).slice(0, LONGEST_TEXT) : 'no usable answer'}`,
    requestIdIfAny(answer.headers['x-request-id']),
  );
}

/** The gateway names the key it does not know: `Get secretKey failed,ak:…,err:ak not exist`. */
function withoutKeyIds(message: string): string {
  return message.replaceAll(/\bak\s*[:=]\s*[^\s,;]+/gi, 'ak:…');
}

function kindOf(status: number): ProviderErrorKind {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'denied';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'unavailable';
  return status === 400 ? 'invalid' : 'unrecognized';
}

function child(parent: Readonly<Record<string, unknown>> | undefined, name: string) {
  return object(parent?.[name]);
}

function object(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
