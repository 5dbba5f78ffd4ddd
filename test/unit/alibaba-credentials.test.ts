import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { ProviderError } from '../../providers/provider.js';
import { alibabaCredentials, type AlibabaCredentials } from '../../providers/vendors/alibaba/credentials.js';
import { environmentGrant } from '../../providers/vendors/alibaba/environment.js';
import { AlibabaKeySource } from '../../providers/vendors/alibaba/key-source.js';
import { acs3Problem, readAcs3Claim, type AlibabaKeys } from '../../providers/vendors/alibaba/signature.js';
import { credentialError } from '../../providers/vendors/credentials/credential-error.js';
import { serveLoopback, type Reply, type SeenRequest } from './loopback-server.js';

/** Everything that must never be told has HUSH in it. */
const AK = { accessKeyId: 'HUSH-id', accessKeySecret: 'HUSH-key' };
const ENV_AK = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: AK.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: AK.accessKeySecret,
};
const ROLE = 'acs:ram::1234567890123456:role/quiesce';
const PROVIDER = 'acs:ram::1234567890123456:oidc-provider/k8s';
const MINUTE = 60_000;
const CREDENTIAL_KIND = credentialError('', '').kind;

describe('alibabaCredentials', () => {
  it('takes one source at a time, secrets by reference alone, and STS over TLS', () => {
    const ref = { env: 'X' };
    const accepts = (value: unknown) => alibabaCredentials.safeParse(value).success;
    const oidc = { roleArn: ROLE, providerArn: PROVIDER, tokenFile: '/token' };
    for (const good of [
      undefined,
      { accessKeyId: ref, accessKeySecret: { file: '/f' } },
      { accessKeyId: ref, accessKeySecret: ref, securityToken: ref },
      { profile: 'prod' },
      { ecsRole: true },
      { ecsRole: 'worker' },
      { oidc },
      { oidc: { ...oidc, sessionName: 'me@work', stsEndpoint: 'https://sts-vpc.cn-hangzhou.aliyuncs.com' } },
      { assumeRole: { roleArn: ROLE } },
      { assumeRole: { roleArn: ROLE, externalId: 'x1', durationSeconds: 900, from: { profile: 'base' } } },
      { assumeRole: { roleArn: ROLE, stsEndpoint: 'http://127.0.0.1:9000' } },
    ]) {
      assert.ok(accepts(good), inspect(good));
    }
    for (const bad of [
      {},
      'prod',
      { accessKeyId: 'LTAI', accessKeySecret: ref },
      { accessKeyId: ref },
      { profile: '' },
      { profile: 'a', ecsRole: true },
      { ecsRole: false },
      { oidc: { roleArn: ROLE } },
      { assumeRole: { roleArn: 'quiesce' } },
      { assumeRole: { roleArn: ROLE, durationSeconds: 60 } },
      { assumeRole: { roleArn: ROLE, from: { assumeRole: { roleArn: ROLE } } } },
      { assumeRole: { roleArn: ROLE, stsEndpoint: 'http://sts.aliyuncs.com' } },
      { assumeRole: { roleArn: ROLE, stsEndpoint: 'https://user:pw@sts.aliyuncs.com' } },
    ]) {
      assert.ok(!accepts(bad), inspect(bad));
    }
  });
});

describe('AlibabaKeySource, when nothing is said', () => {
  it('takes the environment first, then the command line’s profile, then the ini file', async (t) => {
    const { source, env, write } = await setUp(t);
    await write('.alibabacloud/credentials', ini('default', { ...iniKeys('ini') }));
    assert.deepEqual(await keysOf(source()), keys('ini'));
    await write('.aliyun/config.json', cli({ name: 'main', ...cliKeys('cli') }));
    assert.deepEqual(await keysOf(source()), keys('cli'));
    Object.assign(env, ENV_AK);
    assert.deepEqual(await keysOf(source()), AK);
    env['ALIBABA_CLOUD_SECURITY_TOKEN'] = 'HUSH-token';
    assert.deepEqual(await keysOf(source()), { ...AK, securityToken: 'HUSH-token' });
  });

  it('does as the usual variables say', async (t) => {
    const { source, env, write } = await setUp(t);
    await write('.aliyun/config.json', cli({ name: 'main', ...cliKeys('cli') }));
    await write('.alibabacloud/credentials', ini('default', iniKeys('ini')) + ini('team', iniKeys('team')));
    env['ALIBABA_CLOUD_PROFILE'] = 'team';
    assert.deepEqual(await keysOf(source()), keys('team'));
    delete env['ALIBABA_CLOUD_PROFILE'];
    env['ALIBABA_CLOUD_CLI_PROFILE_DISABLED'] = 'TRUE';
    assert.deepEqual(await keysOf(source()), keys('ini'));
    env['ALIBABA_CLOUD_CREDENTIALS_FILE'] = await write('elsewhere', ini('default', iniKeys('elsewhere')));
    assert.deepEqual(await keysOf(source()), keys('elsewhere'));
  });

  it('assumes the role that the environment has an OIDC token for, at the STS that it names', async (t) => {
    const { source, env, write, sts } = await setUp(t);
    const tokenFile = await write('token', 'HUSH-jwt\n');
    Object.assign(env, {
      ALIBABA_CLOUD_ROLE_ARN: ROLE,
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: PROVIDER,
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile,
      HTTPS_PROXY: sts.origin, // It gives no tunnel: no test calls a cloud. Who was called shows in the error.
    });
    assert.deepEqual(environmentGrant(env), {
      oidcRole: {
        roleArn: ROLE,
        providerArn: PROVIDER,
        tokenFile,
        tokenFileSetting: 'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
      },
    });
    const called = async () => (await failure(source())).message;
    assert.match(await called(), /^POST https:\/\/sts\.aliyuncs\.com\/: /);
    env['ALIBABA_CLOUD_STS_REGION'] = 'cn-hangzhou';
    assert.match(await called(), /^POST https:\/\/sts\.cn-hangzhou\.aliyuncs\.com\/: /);
    env['ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED'] = 'true';
    assert.match(await called(), /^POST https:\/\/sts-vpc\.cn-hangzhou\.aliyuncs\.com\/: /);
    assert.equal((await failure(source())).kind, 'unavailable');
  });

  it('says in one sentence where it looked, and never asks the metadata service', async (t) => {
    const { source, sts, home } = await setUp(t);
    const error = await failure(source());
    assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'NoCredentials']);
    for (const place of [
      'ALIBABA_CLOUD_ACCESS_KEY_ID',
      'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
      join(home, '.aliyun/config.json'),
      join(home, '.alibabacloud/credentials'),
    ]) {
      assert.ok(error.message.includes(place), error.message);
    }
    assert.equal(sts.seen.length, 0);
  });

  it('does not ask the metadata service for a profile that the connection does not name', async (t) => {
    const { source, write, sts } = await setUp(t);
    await write('.aliyun/config.json', cli({ name: 'main', mode: 'EcsRamRole', ram_role_name: 'worker' }));
    assert.equal((await failure(source())).code, 'ProfileNotNamed');
    assert.equal(sts.seen.length, 0);
    assert.equal((await keysOf(source({ profile: 'main' }))).securityToken, 'HUSH-token-1');
  });

  it('does not look on where half of something is said', async (t) => {
    const { source, env, write } = await setUp(t);
    await write('.alibabacloud/credentials', ini('default', iniKeys('ini')));
    env['ALIBABA_CLOUD_ACCESS_KEY_ID'] = AK.accessKeyId;
    const half = await failure(source());
    assert.equal(half.code, 'CredentialsIncomplete');
    assert.match(half.message, /sets ALIBABA_CLOUD_ACCESS_KEY_ID without ALIBABA_CLOUD_ACCESS_KEY_SECRET/);
    delete env['ALIBABA_CLOUD_ACCESS_KEY_ID'];
    env['ALIBABA_CLOUD_ROLE_ARN'] = ROLE; // Alone it is no credential.
    assert.deepEqual(await keysOf(source()), keys('ini'));
    env['ALIBABA_CLOUD_OIDC_TOKEN_FILE'] = '/token';
    assert.match((await failure(source())).message, /without ALIBABA_CLOUD_OIDC_PROVIDER_ARN/);
  });
});

describe('AlibabaKeySource, from references and profiles', () => {
  it('reads the variables and files that the connection names', async (t) => {
    const { source, env, write } = await setUp(t);
    env['ID'] = AK.accessKeyId;
    const file = await write('key', `${AK.accessKeySecret}\n`);
    const credentials = { accessKeyId: { env: 'ID' }, accessKeySecret: { file } };
    assert.deepEqual(await keysOf(source(credentials)), AK);
    const withToken = { ...credentials, securityToken: { env: 'TOKEN' } };
    const error = await failure(source(withToken));
    assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'SecretUnreadableError']);
    assert.match(error.message, /variable that credentials\.securityToken names is not set/);
    env['TOKEN'] = 'HUSH-token';
    assert.deepEqual(await keysOf(source(withToken)), { ...AK, securityToken: 'HUSH-token' });
  });

  it('knows the modes of both files', async (t) => {
    const { source, write, sts } = await setUp(t);
    const token = await write('token', 'HUSH-jwt');
    const role = { ram_role_arn: ROLE, sts_endpoint: sts.origin };
    await write(
      '.aliyun/config.json',
      cli(
        { name: 'ak', ...cliKeys('ak'), sts_token: 'HUSH-left over' },
        { name: 'sts', ...cliKeys('sts'), mode: 'StsToken', sts_token: 'HUSH-token' },
        { name: 'role', ...cliKeys('role'), mode: 'RamRoleArn', ...role, expired_seconds: 900 },
        { name: 'ecs', mode: 'EcsRamRole', ram_role_name: '' },
        { name: 'oidc', mode: 'OIDC', ...role, oidc_token_file: token, oidc_provider_arn: PROVIDER },
      ),
    );
    await write(
      '.alibabacloud/credentials',
      ini('ini ak', iniKeys('ini')) + ini('ini ecs', { type: 'ecs_ram_role', role_name: 'named' }),
    );
    assert.deepEqual(await keysOf(source({ profile: 'ak' })), keys('ak'));
    assert.deepEqual(await keysOf(source({ profile: 'sts' })), {
      ...keys('sts'),
      securityToken: 'HUSH-token',
    });
    assert.deepEqual(await keysOf(source({ profile: 'ini ak' })), keys('ini'));
    for (const profile of ['role', 'ecs', 'oidc', 'ini ecs']) {
      assert.match((await keysOf(source({ profile }))).securityToken ?? '', /^HUSH-token-\d$/, profile);
    }
    assert.deepEqual(
      sts.seen.map(
        ({ method, path, query }) => `${method} ${path} ${new URLSearchParams(query).get('Action')}`,
      ),
      [
        'POST / null',
        'PUT /latest/api/token null',
        'GET /latest/meta-data/ram/security-credentials/ null',
        'GET /latest/meta-data/ram/security-credentials/worker null',
        'POST / AssumeRoleWithOIDC',
        'PUT /latest/api/token null',
        'GET /latest/meta-data/ram/security-credentials/named null',
      ],
    );
    assert.equal(sts.seen[0]?.headers['x-acs-action'], 'AssumeRole');
    assert.equal(new URLSearchParams(sts.seen[0]?.query).get('DurationSeconds'), '900');
  });

  it('refuses what it cannot use, and tells nothing of the file', async (t) => {
    const { source, write } = await setUp(t);
    await write(
      '.aliyun/config.json',
      cli(
        { name: 'sso', mode: 'CloudSSO', access_token: 'HUSH' },
        { name: 'chain', mode: 'ChainableRamRoleArn', source_profile: 'HUSH' },
        { name: 'odd', mode: 'HUSH' },
        { name: 'object', mode: 'constructor' },
        { name: 'half', ...cliKeys('half'), access_key_secret: '' },
      ),
    );
    await write('.alibabacloud/credentials', ini('rsa', { type: 'rsa_key_pair', private_key: 'HUSH' }));
    for (const [profile, code, text] of [
      [
        'sso',
        'ProfileNotSupported',
        /^The profile that credentials\.profile names, in .*config\.json, has the mode CloudSSO: use one with AK,/,
      ],
      ['chain', 'ProfileNotSupported', /the mode ChainableRamRoleArn/],
      ['odd', 'ProfileNotSupported', /a mode that is not known/],
      ['object', 'ProfileNotSupported', /a mode that is not known/],
      ['rsa', 'ProfileNotSupported', /a type that is not known: use one with access_key,/],
      ['half', 'CredentialsIncomplete', /has no access_key_secret/],
      [
        'none',
        'ProfileNotFound',
        /^The profile that credentials\.profile names is not in .*config\.json or .*credentials: /,
      ],
    ] as const) {
      const error = await failure(source({ profile }));
      assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, code]);
      assert.match(error.message, text);
    }
  });

  it('names a file that cannot be used, and nothing that it holds', async (t) => {
    const { source, write } = await setUp(t);
    const config = cli({ name: 'main', ...cliKeys('HUSH') });
    for (const malformed of [config.slice(0, -5), `HUSH${config}`, '[]', '{"profiles":"HUSH"}', '']) {
      const path = await write('.aliyun/config.json', malformed);
      const error = await failure(source());
      assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'CredentialFileMalformed']);
      assert.ok(error.message.includes(`from ${path}: it is not the JSON`));
    }
    await rm(await write('.aliyun/config.json', ''));
    await write('.alibabacloud/credentials', '[default]\naccess_key_secret HUSH');
    assert.match((await failure(source())).message, /credentials: line 2 is neither/);
  });

  it('tells of a file it may not read', { skip: process.getuid?.() === 0 }, async (t) => {
    const { source, write } = await setUp(t);
    await chmod(await write('.aliyun/config.json', cli({ name: 'main', ...cliKeys('cli') })), 0);
    const error = await failure(source());
    assert.equal(error.code, 'CredentialFileUnreadable');
    assert.match(error.message, /\(EACCES\)/);
  });

  it('repeats nothing that is written into the connection or a variable: it may be a secret', async (t) => {
    const { source, env, write } = await setUp(t, () => ({ status: 404 }));
    const hush = { env: 'HUSH_1' };
    const oidc = { roleArn: `${ROLE}-HUSH`, providerArn: 'HUSH', tokenFile: '/HUSH', sessionName: 'HUSH' };
    for (const [credentials, said] of [
      [{ profile: 'HUSH' }, 'credentials.profile'],
      [{ ecsRole: 'HUSH' }, 'RAM role'],
      [{ accessKeyId: hush, accessKeySecret: hush }, 'credentials.accessKeyId'],
      [{ oidc }, 'credentials.oidc.tokenFile'],
      [{ assumeRole: { roleArn: ROLE, from: { profile: 'HUSH' } } }, 'credentials.assumeRole.from.profile'],
      [{ assumeRole: { roleArn: ROLE, from: { oidc } } }, 'credentials.assumeRole.from.oidc.tokenFile'],
    ] as const) {
      assert.ok((await failure(source(credentials))).message.includes(said), said);
    }
    const options = { metadataOrigin: 'http://127.0.0.1:1' };
    const nowhere = await failure(new AlibabaKeySource({ ecsRole: 'HUSH' }, options));
    assert.deepEqual([nowhere.kind, nowhere.code], ['unavailable', 'ECONNREFUSED']);
    assert.match(nowhere.message, /^No metadata service answers at http:\/\/127\.0\.0\.1:1: /);
    env['ALIBABA_CLOUD_PROFILE'] = 'HUSH';
    assert.match(
      (await failure(source())).message,
      /^The profile that ALIBABA_CLOUD_PROFILE names is not in /,
    );
    env['ALIBABA_CLOUD_CREDENTIALS_FILE'] = await write('HUSH', 'HUSH');
    assert.match(
      (await failure(source())).message,
      /from the file that ALIBABA_CLOUD_CREDENTIALS_FILE names: /,
    );
  });

  it('takes a folder in place of a file for unreadable, not for absent', async (t) => {
    const { source, home } = await setUp(t);
    await mkdir(join(home, '.aliyun/config.json'), { recursive: true });
    const error = await failure(source());
    assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, 'CredentialFileUnreadable']);
  });
});

describe('AlibabaKeySource, from the instance', () => {
  it('asks with a token, which is worth a minute', async (t) => {
    const { source, sts } = await setUp(t);
    assert.deepEqual(await keysOf(source({ ecsRole: 'my role' })), issued(1));
    const [token, role] = sts.seen;
    assert.deepEqual([token?.method, token?.path], ['PUT', '/latest/api/token']);
    assert.equal(token?.headers['x-aliyun-ecs-metadata-token-ttl-seconds'], '60');
    assert.equal(role?.path, '/latest/meta-data/ram/security-credentials/my%20role');
    assert.equal(role.headers['x-aliyun-ecs-metadata-token'], 'HUSH-session');
  });

  it('goes without a token where the service has none, unless that is forbidden', async (t) => {
    for (const status of [404, 403]) {
      const { source, sts, env } = await setUp(t, ({ method }) =>
        method === 'PUT' ? { status } : undefined,
      );
      assert.deepEqual(await keysOf(source({ ecsRole: 'worker' })), issued(1));
      assert.equal(sts.seen.at(-1)?.headers['x-aliyun-ecs-metadata-token'], undefined);
      env['ALIBABA_CLOUD_IMDSV1_DISABLED'] = 'true';
      const error = await failure(source({ ecsRole: 'worker' }));
      assert.deepEqual([error.kind, error.code], [CREDENTIAL_KIND, `HTTP ${status}`]);
      assert.match(error.message, /ALIBABA_CLOUD_IMDSV1_DISABLED/);
    }
  });

  it('tells an instance without the role from a service that is out', async (t) => {
    for (const [kind, code, answer] of [
      [CREDENTIAL_KIND, 'HTTP 404', { status: 404, body: '<html>HUSH' }],
      [CREDENTIAL_KIND, 'HTTP 403', { status: 403 }],
      ['unavailable', 'HTTP 500', { status: 500, body: 'HUSH' }],
      ['throttled', 'HTTP 429', { status: 429 }],
      ['unrecognized', 'HTTP 302', { status: 302 }],
      ['unavailable', 'NoInstanceKeys', { body: { Code: 'HUSH' } }],
      ['unavailable', 'NoInstanceKeys', { body: { Code: 'Success', AccessKeyId: 'HUSH' } }],
      ['unavailable', 'NoInstanceKeys', { body: 'HUSH' }],
    ] as const) {
      const { source } = await setUp(t, ({ path }) => (path.endsWith('/worker') ? answer : undefined));
      const error = await failure(source({ ecsRole: true }));
      assert.deepEqual([error.kind, error.code], [kind, code]);
    }
    const { source } = await setUp(t, ({ path }) => (path.endsWith('/') ? { body: ' \n' } : undefined));
    assert.equal((await failure(source({ ecsRole: true }))).code, 'NoInstanceRole');
  });

  it('does not ask where that is forbidden', async (t) => {
    const { source, env, sts } = await setUp(t);
    env['ALIBABA_CLOUD_ECS_METADATA_DISABLED'] = 'true';
    assert.equal((await failure(source({ ecsRole: true }))).code, 'MetadataDisabled');
    assert.equal(sts.seen.length, 0);
  });

  it('never asks through a proxy, which would answer for its own instance', async (t) => {
    const { env, home, sts } = await setUp(t);
    const before = process.env['http_proxy'];
    t.after(() =>
      before === undefined ? delete process.env['http_proxy'] : (process.env['http_proxy'] = before),
    );
    process.env['http_proxy'] = env['http_proxy'] = sts.origin;
    const options = { env, home, metadataOrigin: 'http://metadata.invalid' };
    const error = await failure(new AlibabaKeySource({ ecsRole: true }, options));
    assert.equal(error.kind, 'unavailable');
    assert.doesNotMatch(error.message, /proxy/);
    assert.equal(sts.seen.length, 0);
  });
});

describe('AlibabaKeySource, from STS', () => {
  it('assumes a role with an OIDC token, unsigned, the token in the body alone', async (t) => {
    const { source, write, sts } = await setUp(t);
    const tokenFile = await write('token', 'HUSH+jwt=.a_b\n');
    const oidc = { roleArn: ROLE, providerArn: PROVIDER, tokenFile, stsEndpoint: sts.origin };
    assert.deepEqual(await keysOf(source({ oidc })), issued(1));
    const [{ headers, query, body } = assert.fail()] = sts.seen;
    assert.equal(headers.authorization, undefined);
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
    const { Timestamp, ...common } = Object.fromEntries(new URLSearchParams(query));
    assert.match(Timestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(common, { Action: 'AssumeRoleWithOIDC', Version: '2015-04-01', Format: 'JSON' });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      OIDCProviderArn: PROVIDER,
      OIDCToken: 'HUSH+jwt=.a_b',
      RoleArn: ROLE,
      RoleSessionName: 'quiesce',
    });
    const missing = { oidc: { ...oidc, tokenFile: '/nowhere/token' } };
    assert.match(
      (await failure(source(missing))).message,
      /credentials\.oidc\.tokenFile names cannot be read \(ENOENT\)/,
    );
  });

  it('assumes a role with keys, signed by them', async (t) => {
    const { source, env, sts } = await setUp(t);
    Object.assign(env, ENV_AK, { ALIBABA_CLOUD_SECURITY_TOKEN: 'HUSH-base' });
    env['ALIBABA_CLOUD_ROLE_SESSION_NAME'] = 'from-env';
    const assumeRole = { roleArn: ROLE, externalId: 'x 1', durationSeconds: 1200, stsEndpoint: sts.origin };
    assert.deepEqual(await keysOf(source({ assumeRole })), issued(1));
    const [request = assert.fail()] = sts.seen;
    const claim = readAcs3Claim(request.headers.authorization ?? '') ?? assert.fail();
    assert.equal(claim.accessKeyId, AK.accessKeyId);
    assert.equal(acs3Problem(request, claim, AK.accessKeySecret), undefined);
    assert.equal(request.headers['x-acs-version'], '2015-04-01');
    assert.equal(request.headers['x-acs-security-token'], 'HUSH-base');
    assert.deepEqual(Object.fromEntries(new URLSearchParams(request.query)), {
      RoleArn: ROLE,
      RoleSessionName: 'from-env',
      ExternalId: 'x 1',
      DurationSeconds: '1200',
    });
  });

  it('assumes a role with any of the other sources', async (t) => {
    const { source, env, write, sts } = await setUp(t);
    env['ID'] = env['KEY'] = 'HUSH';
    await write('.alibabacloud/credentials', ini('base', iniKeys('base')));
    const roleArn = ROLE;
    const stsEndpoint = sts.origin;
    const oidc = { roleArn, providerArn: PROVIDER, tokenFile: await write('token', 'HUSH'), stsEndpoint };
    const froms = [
      { accessKeyId: { env: 'ID' }, accessKeySecret: { env: 'KEY' } },
      { profile: 'base' },
      { ecsRole: 'worker' },
      { oidc },
    ] as const;
    for (const from of froms) {
      const { securityToken } = await keysOf(source({ assumeRole: { roleArn, from, stsEndpoint } }));
      assert.match(securityToken ?? '', /^HUSH-token-\d$/);
      assert.equal(sts.seen.at(-1)?.headers['x-acs-action'], 'AssumeRole');
    }
  });

  it('sorts what STS answers, and tells its code, its request id and what to do', async (t) => {
    const told = { RequestId: 'r-1', Message: 'HUSH-id is not HUSH-key' };
    for (const [kind, code, status, body] of [
      [CREDENTIAL_KIND, 'InvalidAccessKeyId.NotFound', 404, { ...told, Code: 'InvalidAccessKeyId.NotFound' }],
      [CREDENTIAL_KIND, 'NoPermission', 403, { ...told, Code: 'NoPermission' }],
      [CREDENTIAL_KIND, 'EntityNotExist.Role', 404, { ...told, Code: 'EntityNotExist.Role' }],
      [CREDENTIAL_KIND, 'InvalidParameter', 400, { ...told, Code: 'InvalidParameter' }],
      ['throttled', 'Throttling.User', 400, { ...told, Code: 'Throttling.User' }],
      ['unavailable', 'InternalError', 500, { ...told, Code: 'InternalError' }],
      ['unavailable', 'HTTP 503', 503, '<html>HUSH'],
      ['unrecognized', 'HTTP 400', 400, { Code: 'HUSH-1', RequestId: 'HUSH HUSH' }],
      ['unrecognized', 'HTTP 404', 404, '<html>HUSH'],
      ['unrecognized', 'HTTP 302', 302, ''],
      ['unrecognized', 'HTTP 200', 200, { Credentials: { AccessKeyId: 'HUSH' } }],
    ] as const) {
      const { source, env, sts } = await setUp(t, () => ({ status, body }));
      Object.assign(env, ENV_AK);
      const error = await failure(source({ assumeRole: { roleArn: ROLE, stsEndpoint: sts.origin } }));
      assert.deepEqual([error.kind, error.code], [kind, code]);
      if (kind === CREDENTIAL_KIND) assert.equal(error.context.requestId, 'r-1');
      if (code === 'NoPermission') assert.match(error.message, /allow the caller sts:AssumeRole/);
    }
  });

  it('takes no keys from a place that is not STS over TLS', async (t) => {
    const { source, env, write } = await setUp(t);
    Object.assign(env, ENV_AK);
    for (const stsEndpoint of [
      'http://sts.aliyuncs.com',
      'https://HUSH@sts.aliyuncs.com',
      'https://x/HUSH',
    ]) {
      const assumeRole = { roleArn: ROLE, stsEndpoint };
      assert.equal((await failure(source({ assumeRole }))).code, 'StsEndpoint');
      const role = { mode: 'RamRoleArn', ram_role_arn: ROLE, sts_endpoint: stsEndpoint };
      await write('.aliyun/config.json', cli({ name: 'p', ...cliKeys('p'), ...role }));
      assert.equal((await failure(source({ profile: 'p' }))).code, 'StsEndpoint');
    }
  });

  it('says that STS is out when nothing answers', async (t) => {
    const { source, env } = await setUp(t);
    Object.assign(env, ENV_AK);
    const stsEndpoint = 'http://127.0.0.1:1';
    const error = await failure(source({ assumeRole: { roleArn: ROLE, stsEndpoint } }));
    assert.deepEqual([error.kind, error.code], ['unavailable', 'ECONNREFUSED']);
  });
});

describe('AlibabaKeySource, over time', () => {
  it('picks up keys that are replaced while it runs', async (t) => {
    const { source, env, write, clock } = await setUp(t);
    const kept = source({ profile: 'p' });
    await write('.alibabacloud/credentials', ini('p', iniKeys('old')));
    assert.deepEqual(await keysOf(kept), keys('old'));
    await write('.alibabacloud/credentials', ini('p', iniKeys('new')));
    assert.deepEqual(await keysOf(kept), keys('old'));
    clock.now += 5_000;
    assert.deepEqual(await keysOf(kept), keys('new'));
    const ofEnv = source();
    Object.assign(env, ENV_AK);
    assert.deepEqual(await keysOf(ofEnv), AK);
    env['ALIBABA_CLOUD_ACCESS_KEY_SECRET'] = 'HUSH-new';
    clock.now += 5_000;
    assert.equal((await keysOf(ofEnv)).accessKeySecret, 'HUSH-new');
  });

  it('does not remember a failure', async (t) => {
    const { source, env, write } = await setUp(t);
    const kept = source();
    await failure(kept);
    await write('.aliyun/config.json', '{HUSH');
    assert.equal((await failure(kept)).code, 'CredentialFileMalformed');
    Object.assign(env, ENV_AK);
    assert.deepEqual(await keysOf(kept), AK);
  });

  it('asks STS once for all, renews ahead of the end, and lives on while STS is out', async (t) => {
    let out = false;
    const { source, env, sts, clock } = await setUp(t, () => (out ? { status: 503 } : undefined));
    Object.assign(env, ENV_AK);
    const kept = source({ assumeRole: { roleArn: ROLE, stsEndpoint: sts.origin } });
    const all = await Promise.all(Array.from({ length: 30 }, () => keysOf(kept)));
    assert.equal(new Set(all).size, 1);
    assert.equal(sts.seen.length, 1);
    clock.now += 45 * MINUTE - 1;
    assert.deepEqual(await keysOf(kept), issued(1));
    assert.equal(sts.seen.length, 1);
    out = true;
    clock.now += 1;
    assert.deepEqual(await keysOf(kept), issued(1));
    await eventually(() => sts.seen.length === 2);
    assert.deepEqual(await keysOf(kept), issued(1));
    out = false;
    await eventually(async () => {
      clock.now += MINUTE; // Not once: the renewal that failed may just be ending.
      return (await keysOf(kept)).securityToken === 'HUSH-token-3';
    });
    assert.equal(sts.seen.length, 3);
  });

  it('obtains others when the vendor refuses them', async (t) => {
    const { source, sts, clock } = await setUp(t);
    const kept = source({ ecsRole: 'worker' });
    const refused = await keysOf(kept);
    clock.now += 2 * MINUTE;
    kept.forget(refused);
    kept.forget(refused);
    const [a, b] = await Promise.all([keysOf(kept), keysOf(kept)]);
    assert.deepEqual([a, b], [issued(2), issued(2)]);
    kept.forget(refused);
    assert.equal(await keysOf(kept), a);
    assert.equal(sts.seen.length, 4);
  });

  it('never tells a secret, whatever files and vendors hold', async (t) => {
    let answer: Reply = {};
    const { source, env, write, sts } = await setUp(t, () => answer);
    // With a digit, which tells it from a vendor's code: STS's codes are told.
    const secret = fc.stringMatching(/^[A-Za-z0-9+/=_]{12,24}[0-9]$/);
    const around = (hush: string) =>
      fc.tuple(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 })).map((ends) => ends.join(hush));
    const body = (hush: string) =>
      fc.oneof(
        around(hush),
        fc.constantFrom({ Code: hush }, { Code: 'X', Message: hush }, { RequestId: `${hush} ` }),
      );
    const cases = secret.chain((hush) =>
      fc.record({
        hush: fc.constant(hush),
        json: fc.oneof(
          around(hush),
          fc.constantFrom(cli({ name: 'p', mode: hush }), cli({ name: hush, current: hush })),
        ),
        ini: fc.oneof(around(hush), fc.constant(ini('p', { type: hush })), fc.constant(`[p]\n${hush}`)),
        status: fc.constantFrom(200, 302, 400, 403, 404, 429, 500),
        body: body(hush),
      }),
    );
    const roleArn = ROLE;
    await fc.assert(
      fc.asyncProperty(cases, async (made) => {
        answer = { status: made.status, body: made.body };
        Object.assign(env, { ID: made.hush, KEY: made.hush });
        await write('.aliyun/config.json', made.json);
        await write('.alibabacloud/credentials', made.ini);
        const from = { accessKeyId: { env: 'ID' }, accessKeySecret: { env: 'KEY' } };
        const tried: AlibabaCredentials[] = [
          undefined,
          { profile: 'p' },
          { ecsRole: true },
          { assumeRole: { roleArn, from, stsEndpoint: sts.origin } },
        ];
        for (const credentials of tried) {
          const error = await source(credentials)
            .keys(never())
            .then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
          if (error === undefined) continue;
          assert.ok(error instanceof ProviderError, inspect(error));
          assert.ok(!inspect(error, { depth: 9 }).includes(made.hush), inspect(error));
        }
      }),
      { numRuns: 60 },
    );
  });
});

interface Clock {
  now: number;
}

/** A home, an environment, a clock, and a server that is STS and metadata service in one. Its n-th keys end in `-<n>`. */
async function setUp(
  t: TestContext,
  scripted: (request: SeenRequest) => Reply | undefined = () => undefined,
) {
  const home = await mkdtemp(join(tmpdir(), 'quiesce-alibaba-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const env: NodeJS.ProcessEnv = {};
  const clock: Clock = { now: Date.parse('2026-11-21T00:00:00Z') };
  let issues = 0;
  const sts = await serveLoopback(t, (request) => {
    if (request.method === 'POST' || /credentials\/./.test(request.path)) issues++;
    return scripted(request) ?? usualReply(request, issues, clock);
  });
  const options = { env, home, metadataOrigin: sts.origin, now: () => clock.now };
  return {
    home,
    env,
    clock,
    sts,
    source: (credentials?: AlibabaCredentials) => new AlibabaKeySource(credentials, options),
    write: async (name: string, text: string): Promise<string> => {
      const path = join(home, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return path;
    },
  };
}

function usualReply({ method, path }: SeenRequest, count: number, clock: Clock): Reply {
  if (method === 'PUT') return { body: 'HUSH-session' };
  if (path.endsWith('/security-credentials/')) return { body: 'worker' };
  const { accessKeyId, accessKeySecret, securityToken } = issued(count);
  const Expiration = new Date(clock.now + 60 * MINUTE).toISOString().replace(/\.\d+/, '');
  const Credentials = {
    AccessKeyId: accessKeyId,
    AccessKeySecret: accessKeySecret,
    SecurityToken: securityToken,
    Expiration,
  };
  const LastUpdated = new Date(clock.now).toISOString();
  return {
    body:
      method === 'GET' ? { ...Credentials, LastUpdated, Code: 'Success' } : { RequestId: 'r', Credentials },
  };
}

const issued = (count: number) => ({
  accessKeyId: `STS.HUSH-id-${count}`,
  accessKeySecret: `HUSH-key-${count}`,
  securityToken: `HUSH-token-${count}`,
});

const keys = (name: string) => ({ accessKeyId: `HUSH-id-${name}`, accessKeySecret: `HUSH-key-${name}` });
const fileKeys = (name: string) => ({
  access_key_id: keys(name).accessKeyId,
  access_key_secret: keys(name).accessKeySecret,
});
const iniKeys = (name: string) => ({ type: 'access_key', ...fileKeys(name) });
const cliKeys = (name: string) => ({ mode: 'AK', ...fileKeys(name) });

/** As the command line writes it: what is not set is empty. */
function cli(...profiles: { readonly name: string; readonly [field: string]: unknown }[]): string {
  const empty = { sts_token: '', ram_role_name: '', sts_region: '', expired_seconds: 0 };
  return JSON.stringify({
    current: profiles[0]?.name,
    profiles: profiles.map((profile) => ({ ...empty, ...profile })),
    meta_path: '',
  });
}

function ini(section: string, fields: Readonly<Record<string, string>>): string {
  return [`[${section}]`, ...Object.entries(fields).map(([name, value]) => `${name} = ${value}`), ''].join(
    '\n',
  );
}

const keysOf = (source: AlibabaKeySource): Promise<AlibabaKeys> => source.keys(never());

/** The error of a source; nothing of it, cause and stack included, tells a secret. */
async function failure(source: AlibabaKeySource): Promise<ProviderError> {
  const error = await source.keys(never()).then(
    () => assert.fail('there were keys'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ProviderError, inspect(error));
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /HUSH/);
  return error;
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it never happened');
}

const never = () => new AbortController().signal;
