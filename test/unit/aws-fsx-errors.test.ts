import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createFsxAdapter } from '../../providers/aws-fsx/adapter.js';
import { ABSENT_CODE, CANCEL_ANSWERS, toProviderError } from '../../providers/aws-fsx/errors.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ProviderError } from '../../providers/provider.js';

function sdkError(name: string, fields: object = {}): Error {
  return Object.assign(new Error('said the vendor'), { name, ...fields });
}

const withStatus = (httpStatusCode: number) => ({ $metadata: { httpStatusCode, requestId: 'r-1' } });

describe('FSx errors', () => {
  const cases: [string, Error, string, string][] = [
    [
      'throttling, though it has status 400',
      sdkError('ThrottlingException', withStatus(400)),
      'throttled',
      'ThrottlingException',
    ],
    ['429 of a proxy', sdkError('SyntaxError', withStatus(429)), 'throttled', 'HTTP 429'],
    [
      'InternalServerError',
      sdkError('InternalServerError', withStatus(500)),
      'unavailable',
      'InternalServerError',
    ],
    ['an HTML page with 503', sdkError('SyntaxError', withStatus(503)), 'unavailable', 'HTTP 503'],
    ['a refused connection', sdkError('Error', { code: 'ECONNREFUSED' }), 'unavailable', 'ECONNREFUSED'],
    ['a timeout', sdkError('TimeoutError', { code: 'ETIMEDOUT' }), 'unavailable', 'TimeoutError'],
    ['an abort', sdkError('AbortError'), 'unavailable', 'AbortError'],
    [
      'missing permission',
      sdkError('AccessDeniedException', withStatus(400)),
      'denied',
      'AccessDeniedException',
    ],
    ['no credentials', sdkError('CredentialsProviderError'), 'unauthenticated', 'CredentialsProviderError'],
    ['a 200 that is no JSON', sdkError('SyntaxError', withStatus(200)), 'unrecognized', 'HTTP 200'],
    ['a name no table lists', sdkError('MoonPhaseError', withStatus(400)), 'unrecognized', 'MoonPhaseError'],
  ];
  for (const [name, thrown, kind, code] of cases) {
    it(`${name} is ${kind}`, () => {
      const error = toProviderError(thrown);
      assert.deepEqual([error.kind, error.code], [kind, code]);
    });
  }

  it('obeys Retry-After', () => {
    const after = (headers: object) =>
      toProviderError(sdkError('X', { $response: { headers } })).context.retryAfterMs;
    assert.deepEqual(
      [after({ 'retry-after': '7' }), after({ 'x-amz-retry-after': '250' }), after({})],
      [7_000, 250, undefined],
    );
  });

  it('keeps no line of a message but the first: the others repeat the signed request', () => {
    const error = toProviderError(
      Object.assign(sdkError('InvalidSignatureException'), { message: 'No.\nx-amz-security-token:T' }),
    );
    assert.equal(error.message, 'No.');
  });

  it('a secret in the place of a profile, a variable or a file is not repeated', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const ref = { env: 'QUIESCE_NOT_SET' };
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    for (const [credentials, message] of [
      [{ profile: secret }, /^The profile that credentials\.profile names is not in/],
      [
        { accessKeyId: { env: secret }, secretAccessKey: ref },
        /that credentials\.accessKeyId names is not set/,
      ],
      [
        { accessKeyId: { file: secret }, secretAccessKey: ref },
        /that credentials\.accessKeyId names cannot be read/,
      ],
    ] as const) {
      const adapter = createFsxAdapter({ region: 'eu-west-1', credentials }, OPEN_GATE);
      await assert.rejects(adapter.check({ signal: new AbortController().signal }), (thrown: unknown) => {
        assert.ok(thrown instanceof ProviderError);
        assert.equal(thrown.kind, 'unauthenticated');
        assert.match(thrown.message, message);
        assert.ok(!inspect(thrown).includes(secret));
        return true;
      });
      adapter.close();
    }
  });

  it('no error is ever read as absence or as an answer, but those the vendor documents as one', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc
        .record({ name: fc.string(), status: fc.integer({ min: 100, max: 599 }) })
        .map(({ name, status }) => sdkError(name, withStatus(status))),
      fc.string().map((code) => sdkError('Error', { code })),
    );
    fc.assert(
      fc.property(anything, (thrown) => {
        const { code, kind } = toProviderError(thrown);
        assert.notEqual(code, ABSENT_CODE);
        assert.ok(!Object.hasOwn(CANCEL_ANSWERS, code));
        assert.ok(
          ['throttled', 'unavailable', 'unauthenticated', 'denied', 'invalid', 'unrecognized'].includes(kind),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
