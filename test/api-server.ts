import type { AddressInfo } from 'node:net';
import type { Api } from '../api/api.js';
import { withoutAuthentication } from '../api/authenticate.js';
import { createServer, type ServerOptions } from '../api/create-server.js';
import { apiSchema, type ApiSettings } from '../config/api-settings.js';
import { toWorkerSettings, workerSchema } from '../config/worker-settings.js';
import type { Config } from '../config/load-config.js';
import type { Problem } from '../api/problem.js';
import type { SeedRequest } from '../simulator/control-requests.js';
import type { Stack } from './harness.js';

/** The HTTP service on a port of its own. */
export interface RunningApi {
  readonly app: Api;
  readonly url: string;
  /** What it logged, a line of JSON each. */
  readonly logs: readonly string[];
  /** Sends `body` as JSON when there is one. */
  send<Body = Record<string, unknown>>(
    method: string,
    path: string,
    request?: ApiRequest,
  ): Promise<Answer<Body>>;
  close(): Promise<void>;
}

export interface ApiRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Starts the service on a Stack; without authentication unless `options` say otherwise. */
export async function startApi(stack: Stack, options: Partial<ServerOptions> = {}): Promise<RunningApi> {
  const logs: string[] = [];
  const app = await createServer({
    quiesce: stack.quiesce,
    config: configOf(stack),
    authenticate: withoutAuthentication,
    log: { write: (line) => void logs.push(line) },
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    url,
    logs,
    send: (method, path, request) => sendTo(url, method, path, request),
    close: () => app.close(),
  };
}

/** The config of a Stack; without a rate limit unless it is given. */
export function configOf({ connections }: Stack, api: Partial<ApiSettings> = {}): Config {
  return {
    api: { ...apiSchema.parse({ rateLimit: null }), ...api },
    worker: toWorkerSettings(workerSchema.parse({})),
    path: '/nowhere/quiesce.config.yaml',
    connections: new Map(connections.map((each) => [each.name, each])),
  };
}

export async function sendTo<Body = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: ApiRequest = {},
): Promise<Answer<Body>> {
  const answer = await fetch(url + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as Body,
  };
}

/** Of `POST /v1/cancellations`. */
export interface StartedAnswer {
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly attached: boolean;
  readonly requestedBy?: string;
}

/** Starts a cancellation, under a key where one is given. */
export function postCancellation(url: string, body: unknown, key?: string): Promise<Answer<StartedAnswer>> {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return sendTo(url, 'POST', '/v1/cancellations', { body, headers });
}

/** Seeds a task of the Stack's connection, running unless `seeded` says otherwise; its URI. */
export async function seedTask({ simulator }: Stack, seeded: Partial<SeedRequest> = {}): Promise<string> {
  const [task] = await simulator.seed({ provider: 'aws-fsx', state: 'running', ...seeded });
  return `aws-fsx://sim/${task!.id}`;
}

/** The slug of a problem's type. */
export function slugOf({ body }: Answer<unknown>): string {
  return (body as Problem).type.replace('urn:quiesce:problem:', '');
}
