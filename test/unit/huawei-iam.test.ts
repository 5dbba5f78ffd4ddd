import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { HttpEndpoint, type HttpAnswer } from '../../providers/http.js';
import { ProviderError } from '../../providers/provider.js';
import { SecretUnreadableError } from '../../providers/secret-ref.js';
import { requestProjectId } from '../../providers/vendors/huawei/iam.js';
import { HuaweiProject } from '../../providers/vendors/huawei/project.js';
import { readSdkClaim, sdkProblem, signSdk } from '../../providers/vendors/huawei/signature.js';
import { HuaweiTokens } from '../../providers/vendors/huawei/tokens.js';

const HOUR = 60 * 60_000;
const LOGIN = { domainName: 'account', userName: 'user', password: 'SECRET' };

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A tiny IAM that counts its calls; a test may script what it answers. */
let calls: { readonly line: string; readonly headers: IncomingMessage['headers']; readonly body: string }[];
let reply: (() => Reply) | undefined;
let iam: HttpEndpoint;
let stop: () => void;
let now: number;
/** What the service answers 401 to. */
let voided: Set<string>;
let login: () => Promise<typeof LOGIN>;

beforeEach(async () => {
  calls = [];
  reply = undefined;
  now = Date.parse('2026-11-21T00:00:00Z');
  voided = new Set();
  login = async () => LOGIN;
  const server = createServer((message, response) => {
    let body = '';
    message.on('data', (chunk: Buffer) => (body += chunk.toString()));
    message.on('end', () => {
      calls.push({ line: `${message.method} ${message.url}`, headers: message.headers, body });
      const { status, headers, body: answer } = reply?.() ?? granted();
      response.writeHead(status, headers).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  iam = new HttpEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  stop = () => {
    iam.close();
    server.close();
    server.closeAllConnections();
  };
});

afterEach(() => stop());

describe('HuaweiTokens', () => {
  it('logs in as an IAM user of the project, once for all', async () => {
    const tokens = newTokens();
    const used = await Promise.all(Array.from({ length: 20 }, () => use(tokens)));
    assert.deepEqual(new Set(used), new Set(['t1/p-1']));
    assert.equal(calls.length, 1);
    assert.equal(calls[0]?.line, 'POST /v3/auth/tokens?nocatalog=true');
    assert.deepEqual(JSON.parse(calls[0].body), {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { domain: { name: 'account' }, name: 'user', password: 'SECRET' } },
        },
        scope: { project: { name: 'cn-north-4' } },
      },
    });
  });

  it('renews before the end while the old token still serves, and after the end waits for the new', async () => {
    const tokens = newTokens();
    await use(tokens);
    now += 22 * HOUR;
    assert.equal(await use(tokens), 't1/p-1');
    assert.equal(calls.length, 1);
    now += 1.5 * HOUR;
    assert.equal(await use(tokens), 't1/p-1');
    await eventually(async () => (await use(tokens)) === 't2/p-1');
    assert.equal(calls.length, 2);
    now += 24 * HOUR;
    assert.equal(await use(tokens), 't3/p-1');
  });

  it('lives on with the old token while IAM is out, and asks it once a minute', async () => {
    const tokens = newTokens();
    await use(tokens);
    now += 23.5 * HOUR;
    reply = () => ({ status: 503, body: '<html>' });
    for (let uses = 0; uses < 10; uses++) assert.equal(await use(tokens), 't1/p-1');
    await eventually(async () => calls.length === 2);
    await eventually(async () => {
      now += 60_000; // Not once: the login that failed may just be ending.
      assert.equal(await use(tokens), 't1/p-1');
      return calls.length === 3;
    });
    now += HOUR;
    await assertFails(use(tokens), 'unavailable', 'HTTP 503');
  });

  it('sends a refused password no second time while the old token serves, a changed one at once', async () => {
    const tokens = newTokens();
    await use(tokens);
    now += 23.2 * HOUR;
    reply = () => ({ status: 401, body: { error: { code: 401, message: 'wrong', title: 'Unauthorized' } } });
    assert.equal(await use(tokens), 't1/p-1');
    await eventually(async () => calls.length === 2);
    for (let minutes = 0; minutes < 30; minutes++) {
      now += 60_000;
      assert.equal(await use(tokens), 't1/p-1');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(calls.length, 2);
    reply = undefined;
    login = async () => ({ ...LOGIN, password: 'SECRET, changed' });
    now += 60_000;
    await eventually(async () => (await use(tokens)) !== 't1/p-1');
    assert.equal(calls.length, 3);
  });

  it('obtains a new token once when one that worked is voided', async () => {
    const tokens = newTokens();
    await use(tokens);
    voided.add('t1');
    const used = await Promise.all(Array.from({ length: 10 }, () => use(tokens)));
    assert.deepEqual(new Set(used), new Set(['t2/p-1']));
    assert.equal(calls.length, 2);
    // Both of one call: the 401 is the answer then.
    voided.add('t2').add('t3');
    assert.equal(await use(tokens), 401);
    assert.equal(calls.length, 3);
  });

  it('does not replace a token that has never worked, but once a minute', async () => {
    const tokens = newTokens();
    voided.add('t1');
    for (let uses = 0; uses < 10; uses++) assert.equal(await use(tokens), 401);
    assert.equal(calls.length, 1);
    now += 60_000;
    assert.equal(await use(tokens), 't2/p-1');
  });

  it('tries a refused login once a minute, a changed one at once', async () => {
    const tokens = newTokens();
    reply = () => ({
      status: 401,
      body: { error: { code: 401, message: 'wrong password', title: 'Unauthorized' } },
    });
    for (let uses = 0; uses < 3; uses++) await assertFails(use(tokens), 'unauthenticated', 'Unauthorized');
    assert.equal(calls.length, 1);
    now += 60_000;
    await assertFails(use(tokens), 'unauthenticated', 'Unauthorized');
    assert.equal(calls.length, 2);
    reply = undefined;
    login = async () => ({ ...LOGIN, password: 'SECRET, changed' });
    assert.equal(await use(tokens), 't3/p-1');
  });

  it('stops waiting where the caller gives up; the login goes on for the others', async () => {
    const tokens = newTokens();
    const controller = new AbortController();
    const [given, other] = [use(tokens, controller.signal), use(tokens)];
    controller.abort();
    await assertFails(given, 'unavailable', 'AbortError');
    assert.equal(await other, 't1/p-1');
    assert.equal(calls.length, 1);
  });

  it('says what IAM, its gateway or the config is at fault with', async () => {
    const gateway = { error_code: 'APIGW.0308', error_msg: 'throttled', request_id: 'r' };
    for (const [kind, code, answer] of [
      ['throttled', 'APIGW.0308', { status: 429, body: gateway }],
      ['denied', 'IAM.0002', { status: 403, body: { error_code: 'IAM.0002', error_msg: 'no' } }],
      ['invalid', 'HTTP 400', { status: 400, body: { error: { code: 400, message: 'no' } } }],
      ['unavailable', 'HTTP 502', { status: 502, body: '<html>' }],
      ['unrecognized', 'HTTP 201', { status: 201, body: {} }],
      ['unrecognized', 'HTTP 302', { status: 302, body: '' }],
    ] as const) {
      reply = () => answer;
      await assertFails(use(newTokens()), kind, code);
    }
    login = () =>
      Promise.reject(new SecretUnreadableError('The environment variable X is not set or empty.'));
    await assertFails(use(newTokens()), 'unauthenticated', 'SecretUnreadableError');
  });
});

describe('HuaweiProject', () => {
  const KEYS = { ak: 'AK', sk: 'SECRET' };
  const newProject = () =>
    new HuaweiProject(() =>
      requestProjectId(iam, 'cn-north-4', (request) => signSdk(request, KEYS, new Date()), never()),
    );

  it('looks the id up once, by a signed call', async () => {
    reply = () => ({ status: 200, body: { projects: [{ id: 'p-1', name: 'cn-north-4' }] } });
    const project = newProject();
    const ids = await Promise.all([project.id(never()), project.id(never())]);
    assert.deepEqual([...ids, await project.id(never())], ['p-1', 'p-1', 'p-1']);
    assert.equal(calls.length, 1);
    const { line, headers } = calls[0]!;
    assert.equal(line, 'GET /v3/projects?name=cn-north-4');
    const request = { method: 'GET', path: '/v3/projects', query: 'name=cn-north-4', headers, body: '' };
    assert.equal(sdkProblem(request, readSdkClaim(headers.authorization!)!, KEYS.sk), undefined);
  });

  it('does not choose among several, and asks again after a failure', async () => {
    const project = newProject();
    for (const projects of [[], [{ id: 'a' }, { id: 'b' }], [{}], [null]]) {
      reply = () => ({ status: 200, body: { projects } });
      await assertFails(project.id(never()), 'unauthenticated', 'ProjectNotFound');
    }
    reply = () => ({
      status: 401,
      body: { error_code: 'APIGW.0301', error_msg: 'verify aksk signature fail' },
    });
    await assertFails(project.id(never()), 'unauthenticated', 'APIGW.0301');
    reply = () => ({ status: 200, body: { projects: [{ id: 'p-1' }] } });
    assert.equal(await project.id(never()), 'p-1');
  });
});

function newTokens(): HuaweiTokens {
  return new HuaweiTokens({ iam, project: { name: 'cn-north-4' }, login: () => login(), now: () => now });
}

/** The n-th call of the IAM gives token `t<n>`, for 24 hours. */
function granted(): Reply {
  const expires_at = new Date(now + 24 * HOUR).toISOString().replace('Z', '000Z');
  return {
    status: 201,
    headers: { 'X-Subject-Token': `t${calls.length}` },
    body: { token: { expires_at, project: { id: 'p-1', name: 'cn-north-4' } } },
  };
}

/** Calls a service that answers with the token and project it was given, or the status 401. */
async function use(tokens: HuaweiTokens, signal = never()): Promise<string | number> {
  const answer = await tokens.call(async ({ token, projectId }): Promise<HttpAnswer> => {
    return { status: voided.has(token) ? 401 : 200, headers: {}, body: `${token}/${projectId}` };
  }, signal);
  return answer.status === 200 ? answer.body : answer.status;
}

async function assertFails(call: Promise<unknown>, kind: string, code: string): Promise<void> {
  const error = await call.then(
    () => assert.fail('there was an answer'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ProviderError, inspect(error));
  assert.deepEqual([error.kind, error.code], [kind, code]);
  assert.doesNotMatch(inspect(error, { depth: 9 }), /SECRET/);
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it never happened');
}

const never = () => new AbortController().signal;
