import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createFsxAdapter } from '../../providers/aws-fsx/adapter.js';
import {
  ABSENT_CODE,
  CANCEL_ANSWERS,
  toAnswerError,
  toProviderError,
} from '../../providers/aws-fsx/errors.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import { ProviderError } from '../../providers/provider.js';

const answered = (status: number, body: object | undefined, headers: Record<string, string> = {}) =>
  toAnswerError(
    { status, headers: { 'x-amzn-requestid': 'r-1', ...headers }, body: '' },
    body as Record<string, unknown> | undefined,
  );

function thrownBySdk(name: string, fields: object = {}): Error {
  return Object.assign(new Error('said the SDK'), { name, ...fields });
}

describe('FSx errors', () => {
  const cases: [string, ProviderError, string, string][] = [
    [
      'throttling, though it has status 400',
      answered(400, { __type: 'ThrottlingException' }),
      'throttled',
      'ThrottlingException',
    ],
    ['429 of a proxy', answered(429, undefined), 'throttled', 'HTTP 429'],
    [
      'InternalServerError with its shape and address',
      answered(500, { __type: 'com.amazonaws.fsx#InternalServerError:http://internal.amazon.com/' }),
      'unavailable',
      'InternalServerError',
    ],
    [
      'a name in the header alone',
      answered(400, {}, { 'x-amzn-errortype': 'AccessDeniedException:' }),
      'denied',
      'AccessDeniedException',
    ],
    ['an HTML page with 503', answered(503, undefined), 'unavailable', 'HTTP 503'],
    ['a 200 that is no JSON', answered(200, undefined), 'unrecognized', 'HTTP 200'],
    ['a type that is no text', answered(400, { __type: 7 }), 'unrecognized', 'HTTP 400'],
    ['a name no table lists', answered(400, { __type: 'MoonPhaseError' }), 'unrecognized', 'MoonPhaseError'],
    [
      'no credentials',
      toProviderError(thrownBySdk('CredentialsProviderError')),
      'unauthenticated',
      'CredentialsProviderError',
    ],
    [
      'no way to who gives credentials',
      toProviderError(thrownBySdk('Error', { code: 'ECONNREFUSED' })),
      'unavailable',
      'ECONNREFUSED',
    ],
  ];
  for (const [name, error, kind, code] of cases) {
    it(`${name} is ${kind}`, () => assert.deepEqual([error.kind, error.code], [kind, code]));
  }

  it('keeps the request id, and obeys Retry-After', () => {
    const after = (headers: Record<string, string>) => answered(429, {}, headers).context;
    assert.deepEqual(after({ 'retry-after': '7' }), { requestId: 'r-1', retryAfterMs: 7_000 });
    assert.equal(after({ 'x-amz-retry-after': '250' }).retryAfterMs, 250);
    assert.equal(after({ 'retry-after': 'soon' }).retryAfterMs, undefined);
  });

  it('keeps no line of a message but the first: the others repeat the signed request', () => {
    const error = answered(400, {
      __type: 'InvalidSignatureException',
      message: 'No.\nx-amz-security-token:T',
    });
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

  it('nothing thrown before a call is ever read as absence or as an answer', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.string().map((name) => thrownBySdk(name)),
      fc.string().map((code) => thrownBySdk('Error', { code })),
    );
    fc.assert(
      fc.property(anything, (thrown) => assertNoAnswer(toProviderError(thrown))),
      { numRuns: 1_000 },
    );
  });

  it('no answer is ever read as absence, but those the vendor documents as one', () => {
    const body = fc.option(fc.dictionary(fc.constantFrom('__type', 'code', 'message'), fc.anything()), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), body, (status, fields) =>
        assertNoAnswer(answered(status, fields)),
      ),
      { numRuns: 1_000 },
    );
  });
});

function assertNoAnswer({ code, kind }: ProviderError): void {
  assert.notEqual(code, ABSENT_CODE);
  assert.ok(!Object.hasOwn(CANCEL_ANSWERS, code));
  assert.ok(
    ['throttled', 'unavailable', 'unauthenticated', 'denied', 'invalid', 'unrecognized'].includes(kind),
  );
}
