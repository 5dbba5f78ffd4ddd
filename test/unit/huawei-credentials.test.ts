import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { ProviderError } from '../../providers/provider.js';
import { credentialError } from '../../providers/vendors/credentials/credential-error.js';
import { HuaweiAuthorizer, type HuaweiAccount } from '../../providers/vendors/huawei/authorizer.js';
import { huaweiCredentials, type HuaweiKeyCredentials } from '../../providers/vendors/huawei/credentials.js';
import { HuaweiKeySource } from '../../providers/vendors/huawei/key-source.js';
import { readSdkClaim, sdkProblem } from '../../providers/vendors/huawei/signature.js';
import { serveLoopback, type Reply, type SeenRequest } from './loopback-server.js';
import { providerErrorOf } from './provider-error-of.js';

/** Everything that must never be told has HUSH in it. */
const ENV_KEYS = { HUAWEICLOUD_SDK_AK: 'HUSH-ak', HUAWEICLOUD_SDK_SK: 'HUSH-sk' };
const KEYS = { ak: 'HUSH-ak', sk: 'HUSH-sk' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CREDENTIAL_KIND = credentialError('', '').kind;
const REQUEST = { method: 'GET', path: '/v1/p/sfs-turbo/s/hpc-cache/tasks', query: 'limit=1&offset=0' };

describe('huaweiCredentials', () => {
  it('takes one source at a time, and secrets by reference alone', () => {
    const ref = { env: 'X' };
    const user = { domainName: 'account', userName: 'me', password: ref };
    const accepts = (value: unknown) => huaweiCredentials.safeParse(value).success;
    for (const good of [
      undefined,
      { ak: ref, sk: ref },
      { ak: ref, sk: ref, securityToken: { file: '/f' } },
      { profile: 'basic' },
      { ecsAgency: true },
      { user },
    ]) {
      assert.ok(accepts(good), inspect(good));
    }
    for (const bad of [
      {},
      { ak: 'AK', sk: ref },
      { ak: ref },
      { profile: '' },
      { ecsAgency: false },
      { ecsAgency: true, profile: 'basic' },
      { user: { ...user, password: 'text' } },
    ]) {
      assert.ok(!accepts(bad), inspect(bad));
    }
  });
});

describe('HuaweiKeySource', () => {
  it('takes the environment first, then [basic] of the ini file', async (t) => {
    const { source, env, write } = await setUp(t);
    await write('.huaweicloud/credentials', '[basic]\nak = HUSH-1\nsk = HUSH-2\nproject_id = p-file\n');
    const ofFile = { ak: 'HUSH-1', sk: 'HUSH-2', projectId: 'p-file' };
    assert.deepEqual(await source().keys(never()), ofFile);
    Object.assign(env, ENV_KEYS, { HUAWEICLOUD_SDK_PROJECT_ID: '' });
    assert.deepEqual(await source().keys(never()), KEYS);
    Object.assign(env, { HUAWEICLOUD_SDK_SECURITY_TOKEN: 'HUSH-t', HUAWEICLOUD_SDK_PROJECT_ID: 'p-env' });
    assert.deepEqual(await source().keys(never()), { ...KEYS, securityToken: 'HUSH-t', projectId: 'p-env' });
  });

  it('reads the section and the file that are named', async (t) => {
    const { source, env, write, home } = await setUp(t);
    env['HUAWEICLOUD_SDK_CREDENTIALS_FILE'] = await write(
      'elsewhere',
      '[team]\r\nak = HUSH-1\r\nsk = "HUSH-2"\r\nsecurity_token = HUSH-3\r\n[half]\r\nak = HUSH\r\n',
    );
    const team = { ak: 'HUSH-1', sk: 'HUSH-2', securityToken: 'HUSH-3' };
    assert.deepEqual(await source({ profile: 'team' }).keys(never()), team);
    const half = await failure(source({ profile: 'half' }).keys(never()));
    assert.deepEqual([half.kind, half.code], [CREDENTIAL_KIND, 'CredentialsIncomplete']);
    assert.match(
      half.message,
      /^The section that credentials\.profile names, in the file that HUAWEICLOUD_SDK_CREDENTIALS_FILE names, has no sk/,
    );
    const none = await failure(source({ profile: 'HUSH' }).keys(never()));
    assert.deepEqual([none.kind, none.code], [CREDENTIAL_KIND, 'ProfileNotFound']);
    const nothing = await failure(source().keys(never()));
    assert.deepEqual([nothing.kind, nothing.code], [CREDENTIAL_KIND, 'NoCredentials']);
    assert.match(
      nothing.message,
      /HUAWEICLOUD_SDK_AK .*no section \[basic\] in the file that HUAWEICLOUD_SDK_CREDENTIALS_FILE names/,
    );
    delete env['HUAWEICLOUD_SDK_CREDENTIALS_FILE'];
    const usual = await failure(source().keys(never()));
    assert.ok(usual.message.includes(join(home, '.huaweicloud/credentials')));
  });

  it('reads the references that the connection names, and names one that is missing', async (t) => {
    const { source, env, write } = await setUp(t);
    env['AK'] = KEYS.ak;
    const credentials = { ak: { env: 'AK' }, sk: { file: await write('sk', `${KEYS.sk}\n`) } };
    assert.deepEqual(await source(credentials).keys(never()), KEYS);
    const error = await failure(source({ ...credentials, securityToken: { env: 'T' } }).keys(never()));
    assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'SecretUnreadableError']);
    assert.match(error.message, /variable that credentials\.securityToken names is not set/);
  });

  it('does not look on where half of something is said, and tells nothing of a malformed file', async (t) => {
    const { source, env, write } = await setUp(t);
    const path = await write('.huaweicloud/credentials', '[basic]\nak = HUSH\nsk HUSH\n');
    const malformed = await failure(source().keys(never()));
    assert.deepEqual([malformed.kind, malformed.code], [CREDENTIAL_KIND, 'CredentialFileMalformed']);
    assert.ok(malformed.message.includes(`from ${path}: line 3 is neither`));
    env['HUAWEICLOUD_SDK_SK'] = KEYS.sk;
    const half = await failure(source().keys(never()));
    assert.match(half.message, /sets HUAWEICLOUD_SDK_SK without HUAWEICLOUD_SDK_AK/);
  });

  it('never tells a secret, whatever the file and the metadata service hold', async (t) => {
    let answer: Reply = {};
    const { source, write } = await setUp(t, () => answer);
    const cases = fc.record({
      hush: fc.stringMatching(/^[A-Za-z0-9+/=]{12,24}$/),
      before: fc.string({ maxLength: 20 }),
      after: fc.string({ maxLength: 20 }),
      status: fc.constantFrom(200, 302, 400, 401, 404, 429, 500),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ hush, before, after, status }) => {
        answer = { status, body: { credential: { access: hush }, message: hush } };
        for (const text of [
          `${before}${hush}${after}`,
          `[basic]\n${hush}`,
          `[basic]\nak = ${hush}`,
          `[${hush}]`,
        ]) {
          await write('.huaweicloud/credentials', text);
          for (const credentials of [undefined, { ecsAgency: true }] as const) {
            const error = await failure(source(credentials).keys(never()));
            assert.ok(!inspect(error, { depth: 9 }).includes(hush), inspect(error));
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('HuaweiKeySource, from the instance', () => {
  it('asks with a token, once for all, and renews when less than 40 minutes are left', async (t) => {
    const { source, cloud, clock } = await setUp(t);
    const kept = source({ ecsAgency: true });
    const all = await Promise.all(Array.from({ length: 20 }, () => kept.keys(never())));
    assert.deepEqual(all[0], { ak: 'HUSH-ak-1', sk: 'HUSH-sk-1', securityToken: 'HUSH-t-1' });
    assert.equal(new Set(all).size, 1);
    assert.deepEqual(
      cloud.seen.map(({ method, path }) => `${method} ${path}`),
      ['PUT /meta-data/latest/api/token', 'GET /openstack/latest/securitykey'],
    );
    assert.equal(cloud.seen[0]?.headers['x-metadata-token-ttl-seconds'], '60');
    assert.equal(cloud.seen[1]?.headers['x-metadata-token'], 'HUSH-session');
    clock.now += 24 * HOUR - 40 * MINUTE - 1;
    assert.equal((await kept.keys(never())).ak, 'HUSH-ak-1');
    assert.equal(cloud.seen.length, 2);
    clock.now += 1;
    assert.equal((await kept.keys(never())).ak, 'HUSH-ak-1');
    await eventually(async () => (await kept.keys(never())).ak === 'HUSH-ak-2');
    assert.equal(cloud.seen.length, 4);
  });

  it('goes without a token where the service has none', async (t) => {
    for (const status of [400, 404, 405, 503]) {
      const { source, cloud } = await setUp(t, ({ method }) => (method === 'PUT' ? { status } : undefined));
      assert.equal((await source({ ecsAgency: true }).keys(never())).ak, 'HUSH-ak-1');
      assert.equal(cloud.seen.at(-1)?.headers['x-metadata-token'], undefined);
    }
  });

  it('tells an instance without an agency from a service that is out', async (t) => {
    for (const [kind, code, answer] of [
      [
        CREDENTIAL_KIND,
        'HTTP 401',
        { status: 401, body: 'Please configure Cloud Service Agency first HUSH' },
      ],
      [CREDENTIAL_KIND, 'HTTP 404', { status: 404 }],
      ['unavailable', 'HTTP 500', { status: 500, body: 'HUSH' }],
      ['unavailable', 'NoInstanceKeys', { body: { credential: { access: 'HUSH' } } }],
      ['unavailable', 'NoInstanceKeys', { body: 'HUSH' }],
    ] as const) {
      const { source } = await setUp(t, ({ method }) => (method === 'GET' ? answer : undefined));
      const error = await failure(source({ ecsAgency: true }).keys(never()));
      assert.deepEqual([error.kind, error.code], [kind, code]);
    }
    const options = { metadataOrigin: 'http://127.0.0.1:1' };
    const gone = await failure(new HuaweiKeySource({ ecsAgency: true }, options).keys(never()));
    assert.deepEqual([gone.kind, gone.code], ['unavailable', 'ECONNREFUSED']);
  });
});

describe('HuaweiAuthorizer, with keys', () => {
  it('signs each call with the keys there are, and sends it', async (t) => {
    const { authorizer, env, cloud, clock } = await setUp(t);
    Object.assign(env, ENV_KEYS);
    const service = authorizer();
    const answer = await service.call(REQUEST, never());
    assert.deepEqual([answer.status, answer.body], [200, 'served']);
    clock.now += 5_000;
    env['HUAWEICLOUD_SDK_SK'] = 'HUSH-new';
    env['HUAWEICLOUD_SDK_SECURITY_TOKEN'] = 'HUSH-t';
    await service.call({ ...REQUEST, method: 'POST', body: '{"a":1}' }, never());
    assert.deepEqual(cloud.seen.map(problemOf('HUSH-sk')), [undefined, 'signature']);
    assert.deepEqual(cloud.seen.map(problemOf('HUSH-new')), ['signature', undefined]);
    const [get, post] = cloud.seen;
    assert.deepEqual(
      [get?.query, get?.body, get?.headers['content-type']],
      [REQUEST.query, '', 'application/json'],
    );
    assert.deepEqual([post?.body, post?.headers['x-security-token']], ['{"a":1}', 'HUSH-t']);
    assert.equal(get?.headers['x-sdk-date'], '20261121T000000Z');
  });

  it('does not send a refused call again, and obtains other temporary keys for the next', async (t) => {
    const { authorizer, cloud, clock } = await setUp(t, ({ path }) =>
      path === REQUEST.path ? { status: 401, body: 'no' } : undefined,
    );
    const service = authorizer({ credentials: { ecsAgency: true } });
    clock.now += MINUTE;
    assert.equal((await service.call(REQUEST, never())).status, 401);
    assert.equal((await service.call(REQUEST, never())).status, 401);
    clock.now += 2 * MINUTE;
    assert.equal((await service.call(REQUEST, never())).status, 401);
    assert.equal((await service.call(REQUEST, never())).status, 401);
    assert.deepEqual(
      served(cloud.seen).map(({ headers }) => headers['x-security-token']),
      ['HUSH-t-1', 'HUSH-t-1', 'HUSH-t-1', 'HUSH-t-2'],
    );
  });

  it('takes the project of the connection, then of the credentials, then looks up the region’s', async (t) => {
    const { authorizer, env, cloud } = await setUp(t);
    Object.assign(env, ENV_KEYS);
    const looked = authorizer();
    assert.deepEqual(await Promise.all([looked.projectId(never()), looked.projectId(never())]), [
      'p-looked-up',
      'p-looked-up',
    ]);
    assert.equal(await looked.projectId(never()), 'p-looked-up');
    assert.deepEqual(
      cloud.seen.map(({ path, query }) => `${path}?${query}`),
      ['/v3/projects?name=cn-north-4'],
    );
    assert.equal(problemOf('HUSH-sk')(cloud.seen[0] ?? assert.fail()), undefined);
    env['HUAWEICLOUD_SDK_PROJECT_ID'] = 'p-env';
    assert.equal(await authorizer().projectId(never()), 'p-env');
    assert.equal(await authorizer({ projectId: 'p-said' }).projectId(never()), 'p-said');
    assert.equal(cloud.seen.length, 1);
  });

  it('tells what IAM said, without the id of the key', async (t) => {
    const error_msg =
      'Incorrect IAM authentication information: Get secretKey failed,ak:HUSH-ak,err:ak not exist';
    const { authorizer, env } = await setUp(t, () => ({
      status: 401,
      body: { error_code: 'APIGW.0301', error_msg },
    }));
    Object.assign(env, ENV_KEYS);
    const error = await failure(authorizer().projectId(never()));
    assert.equal(error.code, 'APIGW.0301');
    assert.match(error.message, /Get secretKey failed,ak:…,err:ak not exist/);
  });

  it('finds IAM where the region has it, the environment or the connection say', async (t) => {
    const { authorizer, env, cloud } = await setUp(t);
    Object.assign(env, ENV_KEYS, { HTTPS_PROXY: cloud.origin }); // It gives no tunnel: no test calls a cloud.
    const called = async (account: Partial<HuaweiAccount>) =>
      (await failure(authorizer({ iamEndpoint: undefined, ...account }).projectId(never()))).message;
    assert.match(await called({}), /^GET https:\/\/iam\.cn-north-4\.myhuaweicloud\.com\/v3\/projects: /);
    assert.match(
      await called({ region: 'eu-west-101' }),
      /^GET https:\/\/iam\.eu-west-101\.myhuaweicloud\.eu\//,
    );
    env['HUAWEICLOUD_SDK_IAM_ENDPOINT'] = 'https://iam.example.com';
    assert.match(await called({}), /^GET https:\/\/iam\.example\.com\//);
    assert.equal(await authorizer().projectId(never()), 'p-looked-up');
  });

  it('finds IAM where the profile says, before the environment and after the connection', async (t) => {
    const { authorizer, env, cloud, write } = await setUp(t);
    const keys = 'ak = HUSH-1\nsk = HUSH-2\n';
    await write(
      '.huaweicloud/credentials',
      `[basic]\n${keys}iam_endpoint = ${cloud.origin}\n[bare]\n${keys}`,
    );
    env['HTTPS_PROXY'] = cloud.origin; // It gives no tunnel: no test calls a cloud.
    env['HUAWEICLOUD_SDK_IAM_ENDPOINT'] = 'https://iam.example.com';
    const usual = { iamEndpoint: undefined };
    assert.equal(await authorizer(usual).projectId(never()), 'p-looked-up');
    assert.equal(cloud.seen.filter(({ path }) => path === '/v3/projects').length, 1);
    for (const [account, host] of [
      [{ iamEndpoint: 'https://iam.example.org' }, 'iam.example.org'],
      [{ ...usual, credentials: { profile: 'bare' } }, 'iam.example.com'],
    ] as const) {
      const error = await failure(authorizer(account).projectId(never()));
      assert.ok(error.message.startsWith(`GET https://${host}/v3/projects: `), error.message);
    }
  });

  it("does not call a profile's IAM that is no address of https, and does not repeat what stands there", async (t) => {
    const { authorizer, cloud, write } = await setUp(t);
    for (const wrong of ['http://HUSH.example.com', 'HUSH', 'https://HUSH@iam.example.com/']) {
      await write('.huaweicloud/credentials', `[basic]\nak = a\nsk = HUSH\niam_endpoint = ${wrong}\n`);
      const account = { iamEndpoint: undefined };
      const error = await failure(authorizer(account).projectId(never()));
      assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'CredentialFileMalformed']);
      assert.match(error.message, /^The iam_endpoint of the profile must be https/);
      assert.equal(await authorizer({ ...account, projectId: 'p' }).projectId(never()), 'p');
    }
    assert.equal(cloud.seen.length, 0);
  });

  it('sends nothing to an IAM that is neither https nor this machine', async (t) => {
    const { authorizer, env } = await setUp(t);
    const http = 'http://iam.example.com';
    assert.throws(() => authorizer({ iamEndpoint: http }), /^Error: iamEndpoint must be https\.$/);
    env['HUAWEICLOUD_SDK_IAM_ENDPOINT'] = http;
    const said = /^Error: HUAWEICLOUD_SDK_IAM_ENDPOINT must be https\.$/;
    assert.throws(() => authorizer({ iamEndpoint: undefined }), said);
    for (const endpoint of ['http://127.0.0.1.example.com', 'http://localhost.example.com:80'])
      assert.throws(() => authorizer({ iamEndpoint: endpoint }), /must be https/);
    for (const endpoint of ['https://iam.example.com', 'http://localhost:9000', 'http://[::1]:9000'])
      authorizer({ iamEndpoint: endpoint });
  });

  it('makes no call without a credential', async (t) => {
    const { authorizer, cloud } = await setUp(t);
    assert.equal((await failure(authorizer().call(REQUEST, never()))).code, 'NoCredentials');
    assert.equal(cloud.seen.length, 0);
  });
});

describe('HuaweiAuthorizer, with a user', () => {
  const user = { domainName: 'account', userName: 'me', password: { env: 'PASSWORD' } };

  it('sends calls with a token of the project, renewed once on a 401', async (t) => {
    let voided = '';
    const { authorizer, env, cloud } = await setUp(t, ({ headers, path }) =>
      path === REQUEST.path && headers['x-auth-token'] === voided ? { status: 401 } : undefined,
    );
    env['PASSWORD'] = 'HUSH-password';
    const service = authorizer({ credentials: { user } });
    assert.equal((await service.call(REQUEST, never())).body, 'served');
    assert.equal(await service.projectId(never()), 'p-token');
    voided = 'HUSH-token-1';
    assert.equal((await service.call(REQUEST, never())).body, 'served');
    assert.deepEqual(
      served(cloud.seen).map(({ headers }) => headers['x-auth-token']),
      ['HUSH-token-1', 'HUSH-token-1', 'HUSH-token-2'],
    );
    const [login = assert.fail()] = cloud.seen;
    const { auth } = JSON.parse(login.body) as { auth: { scope: unknown; identity: unknown } };
    assert.deepEqual(auth.scope, { project: { name: 'cn-north-4' } });
    assert.match(JSON.stringify(auth.identity), /"password":"HUSH-password"/);
    assert.equal(cloud.seen.length, 5);
    assert.equal(served(cloud.seen)[0]?.headers.authorization, undefined);
  });

  it('asks for a token of the project that the connection names', async (t) => {
    const { authorizer, env, cloud } = await setUp(t);
    env['PASSWORD'] = 'HUSH-password';
    const service = authorizer({ credentials: { user }, projectId: 'p-said' });
    await service.call(REQUEST, never());
    assert.match(cloud.seen[0]?.body ?? '', /"scope":\{"project":\{"id":"p-said"\}\}/);
    assert.equal(await service.projectId(never()), 'p-said');
  });

  it('says when the password is missing, and when the token is of no project', async (t) => {
    const { authorizer, env, clock } = await setUp(t, ({ path }) =>
      path === '/v3/auth/tokens' ? granted(1, clockOf(), {}) : undefined,
    );
    const clockOf = () => clock.now;
    const service = authorizer({ credentials: { user } });
    const missing = await failure(service.call(REQUEST, never()));
    assert.deepEqual([missing.kind, missing.code], [CREDENTIAL_KIND, 'SecretUnreadableError']);
    assert.match(missing.message, /credentials\.user\.password/);
    env['PASSWORD'] = 'HUSH-password';
    const error = await failure(service.projectId(never()));
    assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'ProjectNotFound']);
  });
});

/** A home, an environment, a clock, and a server that is service, IAM and metadata in one. */
async function setUp(
  t: TestContext,
  scripted: (request: SeenRequest) => Reply | undefined = () => undefined,
) {
  const home = await mkdtemp(join(tmpdir(), 'quiesce-huawei-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const env: NodeJS.ProcessEnv = {};
  const clock = { now: Date.parse('2026-11-21T00:00:00Z') };
  const issues = { keys: 0, tokens: 0 };
  const cloud = await serveLoopback(t, (request) => {
    if (request.path === '/openstack/latest/securitykey') issues.keys++;
    if (request.path === '/v3/auth/tokens') issues.tokens++;
    return scripted(request) ?? usualReply(request, issues, clock.now);
  });
  const options = { env, home, metadataOrigin: cloud.origin, now: () => clock.now };
  return {
    home,
    env,
    clock,
    cloud,
    source: (credentials?: HuaweiKeyCredentials) => new HuaweiKeySource(credentials, options),
    authorizer: (account: Partial<HuaweiAccount> = {}) => {
      const { origin } = cloud;
      const usual = { endpoint: origin, region: 'cn-north-4', credentials: undefined, iamEndpoint: origin };
      const made = new HuaweiAuthorizer({ ...usual, ...account }, options);
      t.after(() => made.close());
      return made;
    },
    write: async (name: string, text: string): Promise<string> => {
      const path = join(home, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
  };
}

function usualReply({ path }: SeenRequest, issues: { keys: number; tokens: number }, now: number): Reply {
  const expires_at = new Date(now + 24 * HOUR).toISOString().replace('Z', '000Z');
  if (path === '/meta-data/latest/api/token') return { body: 'HUSH-session' };
  if (path === '/openstack/latest/securitykey') {
    const [access, secret, securitytoken] = ['ak', 'sk', 't'].map((name) => `HUSH-${name}-${issues.keys}`);
    return { body: { credential: { access, secret, securitytoken, expires_at } } };
  }
  if (path === '/v3/auth/tokens') return granted(issues.tokens, now, { project: { id: 'p-token' } });
  if (path === '/v3/projects') return { body: { projects: [{ id: 'p-looked-up', name: 'cn-north-4' }] } };
  return { body: 'served' };
}

function granted(count: number, now: number, about: object): Reply {
  const expires_at = new Date(now + 24 * HOUR).toISOString().replace('Z', '000Z');
  const headers = { 'X-Subject-Token': `HUSH-token-${count}` };
  return { status: 201, headers, body: { token: { expires_at, ...about } } };
}

const served = (seen: readonly SeenRequest[]) => seen.filter(({ path }) => path === REQUEST.path);

const problemOf = (sk: string) => (request: SeenRequest) => {
  const claim = readSdkClaim(request.headers.authorization ?? '') ?? assert.fail('not signed');
  assert.equal(claim.accessKeyId, KEYS.ak);
  return sdkProblem(request, claim, sk);
};

/** The error of a call; nothing of it, cause and stack included, tells a secret. */
async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error = await providerErrorOf(call);
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /HUSH/);
  return error;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it never happened');
}

const never = () => new AbortController().signal;
