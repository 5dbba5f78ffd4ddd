import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createFsxAdapter } from '../../providers/aws-fsx/adapter.js';
import {
  ABSENT_CODE,
  CANCEL_ANSWERS,
  isPassingName,
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

/** Copied from FSx's operations, its common errors, and the SDK's own names. */
const DOCUMENTED = {
  invalid: [
    'DataRepositoryTaskEnded',
    'DataRepositoryTaskNotFound',
    'UnsupportedOperation',
    'BadRequest',
    'FileSystemNotFound',
    'ValidationException',
    'SerializationException',
  ],
  unavailable: [
    'InternalServerError',
    'InternalFailure',
    'ServiceUnavailable',
    'ServiceUnavailableException',
    'TimeoutError',
    'RequestTimeout',
    'RequestTimeoutException',
  ],
  throttled: [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'SlowDown',
  ],
  denied: ['AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'OptInRequired'],
  unauthenticated: [
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'SecretUnreadableError',
    'CredentialsProviderError',
    'TokenProviderError',
  ],
} as const;

/** Node's words for a connection that was not made or did not last. */
const NO_ANSWER = [
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'ERR_SSL_WRONG_VERSION_NUMBER',
] as const;

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

  for (const [kind, names] of Object.entries(DOCUMENTED)) {
    it(`knows what is ${kind}, whatever the status, in an answer or before one`, () => {
      for (const name of names) {
        for (const status of [400, 403, 429, 500])
          assert.deepEqual(answered(status, { __type: name }).kind, kind, `${status} ${name}`);
        assert.equal(toProviderError(thrownBySdk(name)).kind, kind, name);
      }
    });
  }

  it('knows the definite answers to a cancel', () =>
    assert.deepEqual(CANCEL_ANSWERS, {
      DataRepositoryTaskEnded: 'already-ended',
      DataRepositoryTaskNotFound: 'absent',
      UnsupportedOperation: 'refused',
      BadRequest: 'refused',
    }));

  it('goes by the status where no name is known', () => {
    const kindOf = (status: number) => answered(status, { __type: 'MoonPhaseError' }).kind;
    assert.deepEqual([400, 404, 429, 499, 500, 503].map(kindOf), [
      'unrecognized',
      'unrecognized',
      'throttled',
      'unrecognized',
      'unavailable',
      'unavailable',
    ]);
    // A name that every object has is in no table.
    assert.equal(answered(400, { __type: 'toString' }).kind, 'unrecognized');
  });

  it('reads a name wherever it stands, bare of its shape and address', () => {
    const nameOf = (body: object, headers = {}) => answered(400, body, headers).code;
    assert.equal(nameOf({ code: 'A' }), 'A');
    assert.equal(nameOf({ __type: 'A', code: 'B' }), 'A');
    assert.equal(nameOf({ __type: 'A' }, { 'x-amzn-errortype': 'C' }), 'C');
    assert.equal(nameOf({ __type: 'a.b#C:http://d#e' }), 'C');
    assert.equal(nameOf({ __type: 'A,b' }), 'A');
    assert.equal(nameOf({ __type: ' A ' }), 'A');
    assert.equal(nameOf({ __type: 'x'.repeat(101) }), 'x'.repeat(100));
    for (const nothing of ['', ' ', '#', ':A']) assert.equal(nameOf({ __type: nothing }), 'HTTP 400');
  });

  it('tells what FSx said in words, or that it said nothing', () => {
    const told = (body: object | undefined) => answered(418, body).message;
    assert.equal(told({ message: 'a' }), 'a');
    assert.equal(told({ Message: 'b' }), 'b');
    assert.equal(told({ message: 'x'.repeat(501) }), 'x'.repeat(500));
    for (const nothing of [undefined, {}, { message: 7 }]) assert.equal(told(nothing), 'FSx answered 418.');
  });

  for (const code of NO_ANSWER) {
    it(`${code} before a call is a way that is closed for now`, () => {
      const error = toProviderError(thrownBySdk('Error', { code }));
      assert.deepEqual([error.kind, error.code, error.message], ['unavailable', code, 'said the SDK']);
    });
  }

  it('tells of what was thrown before a call no more than is known', () => {
    const shown = (thrown: unknown) => {
      const { kind, code, message } = toProviderError(thrown);
      return [kind, code, message];
    };
    assert.deepEqual(shown(thrownBySdk('AbortError')), ['unavailable', 'AbortError', 'said the SDK']);
    assert.deepEqual(shown(thrownBySdk('Odd', { code: 'ECONNRESET' })), [
      'unavailable',
      'Odd',
      'said the SDK',
    ]);
    assert.deepEqual(shown(thrownBySdk('Error')), ['unrecognized', 'Error', 'said the SDK']);
    assert.deepEqual(shown(thrownBySdk('Error', { code: 'EODD' })), ['unrecognized', 'EODD', 'said the SDK']);
    assert.deepEqual(shown('text'), ['unrecognized', 'Error', 'Something was thrown that is no Error.']);
    assert.equal(toProviderError(thrownBySdk('x'.repeat(101))).code, 'x'.repeat(100));
    const known = new ProviderError('denied', 'A', 'b');
    assert.equal(toProviderError(known), known);
  });

  it('knows by its name what passes by itself', () => {
    for (const name of ['AbortError', ...DOCUMENTED.unavailable, ...DOCUMENTED.throttled])
      assert.equal(isPassingName(name), true, name);
    for (const name of ['', 'Odd', 'toString', ...DOCUMENTED.invalid, ...DOCUMENTED.denied])
      assert.equal(isPassingName(name), false, name);
  });

  it('keeps the request id, and obeys Retry-After', () => {
    const after = (headers: Record<string, string>) => answered(429, {}, headers).context;
    assert.deepEqual(after({ 'retry-after': '7' }), { requestId: 'r-1', retryAfterMs: 7_000 });
    assert.equal(after({ 'x-amz-retry-after': '250' }).retryAfterMs, 250);
    assert.deepEqual(after({ 'x-amz-retry-after': '0', 'retry-after': '7' }).retryAfterMs, 0);
    assert.equal(after({ 'x-amz-retry-after': '-1', 'retry-after': '7' }).retryAfterMs, 7_000);
    for (const odd of ['soon', '-1', 'Infinity'])
      assert.deepEqual(after({ 'retry-after': odd }), { requestId: 'r-1' }, odd);
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
