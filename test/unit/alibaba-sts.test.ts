import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { acs3Problem, readAcs3Claim } from '../../providers/vendors/alibaba/signature.js';
import {
  assumeRole,
  assumeRoleWithOidc,
  regionalStsEndpoint,
  type AlibabaRole,
} from '../../providers/vendors/alibaba/sts.js';
import { serveLoopback, type Reply } from './loopback-server.js';
import { providerErrorOf } from './provider-error-of.js';

const ROLE = 'acs:ram::1234567890123456:role/quiesce';
const PROVIDER = 'acs:ram::1234567890123456:oidc-provider/k8s';
const BASE = { accessKeyId: 'base-id', accessKeySecret: 'base-secret' };
const ENDS_AT = '2026-11-22T06:00:00Z';
const CREDENTIALS = {
  AccessKeyId: 'STS.id',
  AccessKeySecret: 'secret',
  SecurityToken: 'token',
  Expiration: ENDS_AT,
};
const GRANTED = {
  keys: { accessKeyId: 'STS.id', accessKeySecret: 'secret', securityToken: 'token' },
  expiresAtMs: Date.parse(ENDS_AT),
};
const granting = (): Reply => ({ body: { RequestId: 'r-1', Credentials: CREDENTIALS } });

async function sts(t: TestContext, reply: () => Reply = granting) {
  const { origin, seen } = await serveLoopback(t, reply);
  const assume = (role: Partial<AlibabaRole> = {}, env: NodeJS.ProcessEnv = {}) =>
    assumeRole({ roleArn: ROLE, stsEndpoint: origin, ...role }, BASE, env);
  const parameters = (number = 0) => Object.fromEntries(new URLSearchParams(seen[number]?.query));
  return { origin, seen, assume, parameters };
}

describe('STS of Alibaba Cloud, asked for a role', () => {
  it('gives keys and their end, for a call that the other keys have signed, each with a nonce of its own', async (t) => {
    const { seen, assume } = await sts(t);
    assert.deepEqual(await assume(), GRANTED);
    await assume();
    for (const request of seen) {
      const claim = readAcs3Claim(request.headers.authorization ?? '') ?? assert.fail();
      assert.equal(claim.accessKeyId, BASE.accessKeyId);
      assert.equal(acs3Problem(request, claim, BASE.accessKeySecret), undefined);
      const { 'x-acs-action': action, 'x-acs-version': version, 'x-acs-date': date } = request.headers;
      assert.deepEqual([action, version], ['AssumeRole', '2015-04-01']);
      assert.ok(Math.abs(Date.parse(String(date)) - Date.now()) < 60_000);
    }
    assert.equal(new Set(seen.map(({ headers }) => headers['x-acs-signature-nonce'])).size, 2);
  });

  it('is told what the role says, and nothing of what it leaves out', async (t) => {
    const { assume, parameters } = await sts(t);
    await assume();
    assert.deepEqual(parameters(), { RoleArn: ROLE, RoleSessionName: 'quiesce' });
    await assume({ sessionName: 'me', externalId: 'x', policy: '{}', durationSeconds: 900 });
    assert.deepEqual(parameters(1), {
      RoleArn: ROLE,
      RoleSessionName: 'me',
      ExternalId: 'x',
      Policy: '{}',
      DurationSeconds: '900',
    });
  });

  it('is told a session’s name of the role, else of the environment, else ours', async (t) => {
    const { assume, parameters } = await sts(t);
    const env = { ALIBABA_CLOUD_ROLE_SESSION_NAME: 'from-env' };
    await assume({}, env);
    await assume({ sessionName: 'me' }, env);
    await assume({}, { ALIBABA_CLOUD_ROLE_SESSION_NAME: '' });
    assert.deepEqual(
      [0, 1, 2].map((number) => parameters(number)['RoleSessionName']),
      ['from-env', 'me', 'quiesce'],
    );
  });

  it('is called where the role says, else of the region and net that the environment names', async (t) => {
    const { origin, seen } = await sts(t);
    // The proxy gives no tunnel: no test calls a cloud. Who was called shows in the error.
    for (const [more, host] of [
      [{}, 'sts.aliyuncs.com'],
      [{ ALIBABA_CLOUD_STS_REGION: '' }, 'sts.aliyuncs.com'],
      [{ ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: 'true' }, 'sts.aliyuncs.com'],
      [{ ALIBABA_CLOUD_STS_REGION: 'cn-beijing' }, 'sts.cn-beijing.aliyuncs.com'],
      [
        { ALIBABA_CLOUD_STS_REGION: 'cn-beijing', ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: 'false' },
        'sts.cn-beijing.aliyuncs.com',
      ],
      [
        { ALIBABA_CLOUD_STS_REGION: 'cn-beijing', ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED: 'True' },
        'sts-vpc.cn-beijing.aliyuncs.com',
      ],
    ] as const) {
      const { kind, message } = await providerErrorOf(
        assumeRole({ roleArn: ROLE }, BASE, { HTTPS_PROXY: origin, ...more }),
      );
      assert.deepEqual([kind, message], ['unavailable', `POST https://${host}/: the proxy answered 403`]);
    }
    assert.equal(seen.length, 0);
    assert.equal(regionalStsEndpoint('cn-hangzhou', false), 'https://sts.cn-hangzhou.aliyuncs.com');
    assert.equal(regionalStsEndpoint('cn-hangzhou', true), 'https://sts-vpc.cn-hangzhou.aliyuncs.com');
  });

  it('is not called where it is not sure to be STS', async (t) => {
    const { assume, seen } = await sts(t);
    const { kind, code, message } = await providerErrorOf(assume({ stsEndpoint: 'http://sts.aliyuncs.com' }));
    assert.deepEqual([kind, code], ['unauthenticated', 'StsEndpoint']);
    assert.equal(message, 'STS cannot be called: The STS endpoint must be https.');
    assert.equal(seen.length, 0);
  });

  it('is left when it has answered, whatever it was', async (t) => {
    let sockets = 0;
    let body: unknown = granting().body;
    const server = createServer((_request, response) => response.end(JSON.stringify(body)));
    server.on('connection', (socket) => {
      sockets += 1;
      socket.on('close', () => (sockets -= 1));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => (server.close(), server.closeAllConnections()));
    const stsEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const answer of [body, {}]) {
      body = answer;
      await assumeRole({ roleArn: ROLE, stsEndpoint }, BASE, {}).catch(() => {});
      for (let tries = 0; sockets > 0 && tries < 100; tries += 1)
        await new Promise((done) => setTimeout(done, 10));
      assert.equal(sockets, 0);
    }
  });
});

describe('STS of Alibaba Cloud, asked with an OIDC token', () => {
  it('is sent it in the body of a call that nobody has signed', async (t) => {
    const { origin, seen } = await sts(t);
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-sts-'));
    t.after(() => rm(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    const role = { roleArn: ROLE, providerArn: PROVIDER, stsEndpoint: origin, policy: '{}' };
    const ask = () => assumeRoleWithOidc({ ...role, tokenFile, tokenFileSetting: 'oidc.tokenFile' }, {});
    const { kind, message } = await providerErrorOf(ask());
    assert.equal(kind, 'unauthenticated');
    assert.match(message, /oidc\.tokenFile names cannot be read \(ENOENT\)/);
    await writeFile(tokenFile, 'a+b/c=\n');
    assert.deepEqual(await ask(), GRANTED);
    const [{ method, path, query, headers, body } = assert.fail(), ...others] = seen;
    assert.deepEqual([method, path, others.length, headers.authorization], ['POST', '/', 0, undefined]);
    assert.deepEqual(
      [headers['content-type'], headers.host],
      ['application/x-www-form-urlencoded', new URL(origin).host],
    );
    const { Timestamp = '', ...common } = Object.fromEntries(new URLSearchParams(query));
    assert.match(Timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Math.abs(Date.parse(Timestamp) - Date.now()) < 60_000);
    assert.deepEqual(common, { Action: 'AssumeRoleWithOIDC', Version: '2015-04-01', Format: 'JSON' });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      RoleArn: ROLE,
      RoleSessionName: 'quiesce',
      Policy: '{}',
      OIDCProviderArn: PROVIDER,
      OIDCToken: 'a+b/c=',
    });
  });
});

describe('what STS of Alibaba Cloud answers', () => {
  /** Codes of its documents, and what a person is to do. */
  const advice: readonly (readonly [code: string, advice: string])[] = [
    ['InvalidAccessKeyId.NotFound', 'check the keys that assume the role'],
    ['InvalidAccessKeyId.Inactive', 'check the keys that assume the role'],
    ['SignatureDoesNotMatch', 'check the keys that assume the role'],
    ['InvalidSecurityToken.Expired', 'check the keys that assume the role'],
    ['MissingSecurityToken', 'check the keys that assume the role'],
    ['InvalidTimeStamp.Expired', "check this machine's clock"],
    ['NoPermission', "allow the caller sts:AssumeRole, and name the caller in the role's trust policy"],
    ['Forbidden.RAM', "allow the caller sts:AssumeRole, and name the caller in the role's trust policy"],
    ['EntityNotExist.Role', "check the role's ARN"],
    [
      'AuthenticationFail.OIDCToken.Expired',
      "check the identity provider, the role's trust policy, and that the token file is fresh",
    ],
    [
      'AuthenticationFail.NoPermission',
      "check the identity provider, the role's trust policy, and that the token file is fresh",
    ],
    ...['InvalidParameter.RoleArn', 'Not.InvalidAccessKeyId', 'My.NoPermission', 'My.EntityNotExist'].map(
      (code): [string, string] => [
        code,
        'look the code up at https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes',
      ],
    ),
    ...['My.InvalidTimeStamp', 'My.AuthenticationFail'].map((code): [string, string] => [
      code,
      'look the code up at https://help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes',
    ]),
  ];
  for (const [code, todo] of advice)
    it(`is a refusal of the credential by ${code}, with what to do`, async (t) => {
      const { assume } = await sts(t, () => ({
        status: 400,
        body: { Code: code, RequestId: 'r-2', Message: 'no' },
      }));
      const error = await providerErrorOf(assume());
      assert.deepEqual(
        [error.kind, error.code, error.context],
        ['unauthenticated', code, { requestId: 'r-2' }],
      );
      assert.equal(error.message, `STS refused the keys of the role (${code}): ${todo}.`);
    });

  const sorted: readonly (readonly [kind: string, told: string, status: number, code: unknown])[] = [
    ['throttled', 'Throttling', 400, 'Throttling'],
    ['throttled', 'Throttling.User', 503, 'Throttling.User'],
    ['throttled', 'My.Throttling', 400, 'My.Throttling'],
    ['throttled', 'HTTP 429', 429, undefined],
    ['throttled', 'NoPermission', 429, 'NoPermission'],
    ['unavailable', 'InternalError', 500, 'InternalError'],
    ['unavailable', 'NoPermission', 500, 'NoPermission'],
    ['unavailable', 'HTTP 502', 502, undefined],
    ['unauthenticated', 'NoPermission', 499, 'NoPermission'],
    ['unrecognized', 'NoPermission', 399, 'NoPermission'],
    ['unrecognized', 'NoPermission', 200, 'NoPermission'],
    ['unrecognized', 'HTTP 404', 404, undefined],
    ['unrecognized', 'HTTP 400', 400, 7],
    ['unrecognized', 'HTTP 400', 400, ['NoPermission']],
    ['unauthenticated', 'a'.repeat(40), 400, 'a'.repeat(40)],
    ['unrecognized', 'HTTP 400', 400, 'a'.repeat(41)],
    ['unauthenticated', 'A.B.C.D', 400, 'A.B.C.D'],
    ['unrecognized', 'HTTP 400', 400, 'A.B.C.D.E'],
    ['unauthenticated', `A.${'b'.repeat(40)}`, 400, `A.${'b'.repeat(40)}`],
    ['unrecognized', 'HTTP 400', 400, `A.${'b'.repeat(41)}`],
    ['unrecognized', 'HTTP 400', 400, 'NoPermission '],
    ['unrecognized', 'HTTP 400', 400, ' NoPermission'],
    ['unrecognized', 'HTTP 400', 400, 'Key1'],
    ['unrecognized', 'HTTP 400', 400, 'A.'],
    ['unrecognized', 'HTTP 400', 400, 'A.1'],
  ];
  const WORDS: Readonly<Record<string, string>> = {
    throttled: 'STS asks for fewer calls.',
    unavailable: 'STS gave no keys.',
    unrecognized: 'STS gave no usable answer.',
  };
  for (const [kind, told, status, code] of sorted)
    it(`is ${kind} by ${String(code)} with status ${status}`, async (t) => {
      const { assume } = await sts(t, () => ({ status, body: { Code: code, RequestId: 'r-2' } }));
      const error = await providerErrorOf(assume());
      assert.deepEqual([error.kind, error.code, error.context], [kind, told, { requestId: 'r-2' }]);
      if (kind in WORDS) assert.equal(error.message, WORDS[kind]);
    });

  it('is not believed without all of the keys, or with another status', async (t) => {
    const replies: Reply[] = [
      { body: { Credentials: { ...CREDENTIALS, SecurityToken: '' } } },
      { body: {} },
      { body: [CREDENTIALS] },
      { body: '<html>' },
      { status: 201, body: { Credentials: CREDENTIALS } },
    ];
    for (const reply of replies) {
      const { assume } = await sts(t, () => reply);
      const error = await providerErrorOf(assume());
      assert.deepEqual([error.kind, error.code], ['unrecognized', `HTTP ${reply.status ?? 200}`]);
      assert.deepEqual(error.context, {});
    }
  });

  it('is named by the vendor’s id of the call where that looks like one', async (t) => {
    for (const [RequestId, isTold] of [
      ['A-1_b', true],
      ['r'.repeat(64), true],
      ['r'.repeat(65), false],
      ['', false],
      ['r 1', false],
      ['r-1 ', false],
      [' r-1', false],
      [7, false],
    ] as const) {
      const { assume } = await sts(t, () => ({ status: 403, body: { Code: 'NoPermission', RequestId } }));
      assert.deepEqual((await providerErrorOf(assume())).context, isTold ? { requestId: RequestId } : {});
    }
  });
});
