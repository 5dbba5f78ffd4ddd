import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createFsxAdapter } from '../../providers/aws-fsx/adapter.js';
import { toCredentialError } from '../../providers/aws-fsx/credential-errors.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ProviderError } from '../../providers/provider.js';
import { SecretUnreadableError } from '../../providers/secret-ref.js';

const HUSH = 'HUSH/token+of=somebody';
const thrownBySdk = (name: string, fields: object = {}) =>
  Object.assign(new Error(`Command failed: vault --token ${HUSH}`), { name, ...fields });
const answered = (status: unknown) => ({ $metadata: { httpStatusCode: status } });
const { signal } = new AbortController();

describe('a credential that cannot be had from AWS', () => {
  const passing: [name: string, fields?: object][] = [
    ['IDPCommunicationErrorException'],
    ['IDPCommunicationError'],
    ['Throttling'],
    ['ThrottlingException'],
    ['TooManyRequestsException'],
    ['InternalFailure'],
    ['ServiceUnavailable'],
    ['TimeoutError'],
    ['AbortError'],
    ['SyntaxError', answered(503)],
    ['MoonPhaseError', answered(500)],
    ['MoonPhaseError', answered(429)],
    ['Error', { code: 'ECONNREFUSED' }],
    ['AggregateError', { code: 'ETIMEDOUT' }],
    ['Error', { code: 'ENOTFOUND' }],
  ];
  for (const [name, fields] of passing)
    it(`is unavailable for now after ${name} ${inspect(fields ?? '')}`, () =>
      assert.equal(toCredentialError(thrownBySdk(name, fields)).kind, 'unavailable'));

  const lasting: [name: string, fields?: object][] = [
    ['InvalidIdentityTokenException', answered(400)],
    ['IDPRejectedClaimException', answered(403)],
    ['RegionDisabledException', answered(403)],
    ['ExpiredTokenException', answered(400)],
    ['AccessDenied', answered(403)],
    ['AccessDeniedException'],
    ['ValidationException'],
    ['MalformedPolicyDocumentException'],
    ['CredentialsProviderError'],
    ['TokenProviderError'],
    ['SyntaxError'],
    ['MoonPhaseError', answered(404)],
    ['MoonPhaseError', answered('503')],
    ['NoIDPCommunicationError'],
    ['Error', { code: 'ENOENT' }],
    ['Error', { code: 'EACCES' }],
    ['Error'],
  ];
  for (const [name, fields] of lasting)
    it(`is for a person to mend after ${name} ${inspect(fields ?? '')}`, () =>
      assert.equal(toCredentialError(thrownBySdk(name, fields)).kind, 'unauthenticated'));

  it('is told of by the error’s name, or a file’s or connection’s code, and nothing else', () => {
    const told = ({ code, message }: ProviderError) => [code, message];
    const words = (name: string) =>
      `No credential could be had from AWS or from where the machine keeps one: ${name}. FSx was not called.`;
    assert.deepEqual(told(toCredentialError(thrownBySdk('ExpiredTokenException'))), [
      'ExpiredTokenException',
      words('ExpiredTokenException'),
    ]);
    assert.deepEqual(told(toCredentialError(thrownBySdk('Error', { code: 'ENOENT' }))), [
      'ENOENT',
      words('ENOENT'),
    ]);
    const timeout = toCredentialError(thrownBySdk('AggregateError', { code: 'ETIMEDOUT' }));
    assert.deepEqual(told(timeout), ['AggregateError', words('AggregateError')]);
    assert.deepEqual(told(toCredentialError(thrownBySdk('Error', { code: 7 }))), ['Error', words('Error')]);
    for (const odd of [HUSH, 'x'.repeat(101), ''])
      assert.deepEqual(told(toCredentialError(thrownBySdk(odd))), ['Error', words('Error')]);
    assert.deepEqual(told(toCredentialError('text')), ['Error', words('Error')]);
    const own = toCredentialError(new SecretUnreadableError('The file that it names is empty.'));
    assert.deepEqual(
      [own.kind, ...told(own)],
      ['unauthenticated', 'SecretUnreadableError', 'The file that it names is empty.'],
    );
    const known = new ProviderError('denied', 'A', 'b');
    assert.equal(toCredentialError(known), known);
  });

  it('is one of these two, whatever is thrown, and repeats no secret', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.string().map((name) => thrownBySdk(name)),
      fc.string().map((code) => thrownBySdk('Error', { code })),
      fc.anything().map(($metadata) => thrownBySdk('Odd', { $metadata })),
    );
    fc.assert(
      fc.property(anything, (thrown) => {
        const error = toCredentialError(thrown);
        assert.ok(['unavailable', 'unauthenticated'].includes(error.kind));
        assert.ok(!inspect(error).includes(HUSH));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a web identity that gives no credential', () => {
  const stsAnswers = (code: string) =>
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>` +
    `<Message>1 validation error: Value '${HUSH}' at 'webIdentityToken'</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`;

  for (const [code, status, kind] of [
    ['InvalidIdentityToken', 400, 'unauthenticated'],
    ['IDPRejectedClaim', 403, 'unauthenticated'],
    ['RegionDisabledException', 403, 'unauthenticated'],
    ['AccessDenied', 403, 'unauthenticated'],
    ['ServiceUnavailable', 503, 'unavailable'],
  ] as const) {
    it(`is ${kind} where STS answers ${code}`, { timeout: 60_000 }, async (t) => {
      const { refused, calls } = await withWebIdentity(t, { status, body: stsAnswers(code) });
      const error = await refused();
      assert.equal(error.kind, kind, inspect(error));
      assert.ok(!inspect(error).includes(HUSH), inspect(error));
      assert.deepEqual([...new Set(calls)], ['sts']);
    });
  }

  it('is unauthenticated where there is no token, and healed by one', { timeout: 60_000 }, async (t) => {
    const { refused, calls, token } = await withWebIdentity(t, {
      status: 400,
      body: stsAnswers('AccessDenied'),
    });
    await rm(token);
    const error = await refused();
    assert.deepEqual([error.kind, error.code], ['unauthenticated', 'ENOENT']);
    assert.deepEqual(calls, []);
    await writeFile(token, HUSH);
    assert.match((await refused()).code, /^AccessDenied/);
  });
});

/** An FSx and an STS of this machine, and an adapter that goes by the profile of a web identity. */
async function withWebIdentity(t: TestContext, sts: { readonly status: number; readonly body: string }) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const isFsx = request.headers['x-amz-target'] !== undefined;
    calls.push(isFsx ? 'fsx' : 'sts');
    response.writeHead(sts.status, { 'content-type': 'text/xml' }).end(sts.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = await mkdtemp(join(tmpdir(), 'quiesce-web-identity-'));
  const [token, config] = [join(directory, 'token'), join(directory, 'config')];
  await writeFile(token, HUSH);
  await writeFile(
    config,
    `[profile web]\nrole_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = ${token}\nregion = eu-west-1\n`,
  );
  const env = {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
    AWS_ENDPOINT_URL_STS: url,
    AWS_MAX_ATTEMPTS: '1',
  };
  Object.assign(process.env, env);
  const adapter = createFsxAdapter(
    { region: 'eu-west-1', endpoint: url, credentials: { profile: 'web' } },
    OPEN_GATE,
  );
  // The adapter ignores it, so that FSx is where the config says; the SDK's STS would, too.
  delete process.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'];
  t.after(async () => {
    adapter.close();
    server.close();
    server.closeAllConnections();
    for (const name of Object.keys(env)) delete process.env[name];
    await rm(directory, { recursive: true });
  });
  const refused = async () => {
    const error = await adapter.check({ signal }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof ProviderError, inspect(error));
    return error;
  };
  return { refused, calls, token };
}
