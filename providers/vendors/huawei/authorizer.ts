import { HttpEndpoint, type HttpAnswer, type HttpRequest } from '../../http.js';
import type { SentRequest } from '../canonical-request.js';
import { credentialError } from '../credentials/credential-error.js';
import { readCredentialSecret } from '../credentials/credential-file.js';
import type { HuaweiCredentials } from './credentials.js';
import { requestProjectId } from './iam.js';
import { atIamOf, iamOrigin } from './iam-endpoint.js';
import { HuaweiKeySource, type HuaweiKeySourceOptions } from './key-source.js';
import { HuaweiProject } from './project.js';
import { signSdk } from './signature.js';
import { HuaweiTokens } from './tokens.js';

/** What a connection says of its service and account. */
export interface HuaweiAccount {
  /** The service's origin, such as `https://sfs-turbo.cn-north-4.myhuaweicloud.com`. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: HuaweiCredentials;
  /** Left out: as the credentials say, or looked up. */
  readonly projectId?: string | undefined;
  /** Replaces the profile's `iam_endpoint`, HUAWEICLOUD_SDK_IAM_ENDPOINT and the region's own. */
  readonly iamEndpoint?: string | undefined;
}

/** How requests are authorized: signed with keys, or with a user's token. */
interface Authorization {
  call(request: SentRequest, signal: AbortSignal): Promise<HttpAnswer>;
  projectId(signal: AbortSignal): Promise<string>;
}

/** One connection's way to its service: requests go out authorized, whatever the credentials are. */
export class HuaweiAuthorizer {
  readonly #service: HttpEndpoint;
  readonly #iam: HttpEndpoint;
  readonly #projectId: string | undefined;
  readonly #authorization: Authorization;

  /** @throws Error when an endpoint is none. */
  constructor(account: HuaweiAccount, options: HuaweiKeySourceOptions = {}) {
    const { env = process.env } = options;
    this.#service = new HttpEndpoint(account.endpoint, { env });
    this.#iam = new HttpEndpoint(iamOrigin(account, env), { env });
    this.#projectId = account.projectId;
    const parts = { service: this.#service, iam: this.#iam, account, options };
    const { credentials } = account;
    this.#authorization =
      credentials !== undefined && 'user' in credentials
        ? byToken(credentials.user, parts)
        : bySignature(new HuaweiKeySource(credentials, options), parts);
  }

  /**
   * Makes a call to the service. `host` and, where the request has none, `content-type` are added: the service's documents ask
   * for it even without a body.
   * @throws ProviderError as {@link HttpEndpoint.call} does, and when there is no credential to authorize it with.
   */
  async call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { query = '', body = '' } = request;
    const headers = { 'content-type': 'application/json', ...request.headers, host: this.#service.host };
    return this.#authorization.call({ ...request, query, body, headers }, signal);
  }

  /** The id of the project that stands in the service's paths: the connection's, the credentials', or the region's, looked up. */
  async projectId(signal: AbortSignal): Promise<string> {
    return this.#projectId ?? this.#authorization.projectId(signal);
  }

  /** Ends at once; calls that are still open fail. */
  close(): void {
    this.#service.close();
    this.#iam.close();
  }
}

interface Parts {
  readonly service: HttpEndpoint;
  readonly iam: HttpEndpoint;
  readonly account: HuaweiAccount;
  readonly options: HuaweiKeySourceOptions;
}

function bySignature(source: HuaweiKeySource, parts: Parts): Authorization {
  const { service, account, options } = parts;
  const { env = process.env, now = Date.now } = options;
  const project = new HuaweiProject(async () => {
    // Of no caller's signal: all who wait share the lookup. The endpoint's own limits end it.
    const { signal } = new AbortController();
    const keys = await source.keys(signal);
    const sign = (request: SentRequest) => signSdk(request, keys, new Date(now()));
    return atIamOf(keys, { ...parts, env }, (iam) => requestProjectId(iam, account.region, sign, signal));
  });
  return {
    async call(request, signal) {
      const keys = await source.keys(signal);
      const answer = await service.call(signSdk(request, keys, new Date(now())), signal);
      // Not sent again: a few wrong signatures lock the key for minutes.
      // https://support.huaweicloud.com/intl/en-us/ocr_faq/ocr_01_0063.html
      if (answer.status === 401) source.forget(keys);
      return answer;
    },
    projectId: async (signal) => (await source.keys(signal)).projectId ?? project.id(signal),
  };
}

type User = Extract<HuaweiCredentials, { user: unknown }>['user'];

function byToken(user: User, { service, iam, account, options }: Parts): Authorization {
  const { env = process.env, now } = options;
  const tokens = new HuaweiTokens({
    iam,
    project: account.projectId === undefined ? { name: account.region } : { id: account.projectId },
    login: async () => ({
      ...user,
      password: await readCredentialSecret(user.password, 'credentials.user.password', env),
    }),
    ...(now !== undefined && { now }),
  });
  return {
    call: (request, signal) =>
      tokens.call(({ token }) => {
        const headers = { ...request.headers, 'x-auth-token': token };
        return service.call({ ...request, headers }, signal);
      }, signal),
    async projectId(signal) {
      const { projectId } = await tokens.current(signal);
      if (projectId !== undefined) return projectId;
      throw credentialError(
        'ProjectNotFound',
        'IAM gave a token of no project: name projectId in the config.',
      );
    },
  };
}
