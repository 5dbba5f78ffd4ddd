import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HttpAnswer } from '../../providers/http.js';
import {
  alibabaErrorKind,
  GATEWAY_ERROR_KINDS,
  requestIdOf,
  successBody,
  toAlibabaError,
} from '../../providers/vendors/alibaba/errors.js';

const keys = { accessKeyId: 'LTAIwhoever', accessKeySecret: 'a/secret+', securityToken: 'CAIS/token+==' };
const kinds = { ParameterIllegal: 'invalid', 'Forbidden.OwnMeaning': 'invalid' } as const;

function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

const errorOf = (given: HttpAnswer) => toAlibabaError(given, { action: 'CancelIt', kinds, keys });
const coded = (code: string, Message = 'Said the vendor.') => ({
  RequestId: 'r-1',
  HostId: 'h',
  Code: code,
  Message,
});

/** Copied from the gateway's and the permission system's tables of errors. */
const DOCUMENTED = {
  unavailable: [
    'InternalError',
    'ServiceUnavailable',
    'ServiceTimeout',
    'SecurityToken.CheckFailed',
    'SecurityToken.DecodeFailed',
    'SubRam.CheckFailed',
    'VpcRam.CheckFailed',
    'SignatureNonceUsed',
    // Not of these tables, but of ECS's and of what Alibaba's Terraform provider repeats.
    'LastTokenProcessing',
    'OperationFailed.LastTokenProcessing',
  ],
  unauthenticated: [
    'SignatureDoesNotMatch',
    'IncompleteSignature',
    'InvalidSignatureMethod',
    'MissingSecurityToken',
    'Forbidden.AccessKeyDisabled',
    'InvalidTimeStamp.Expired',
  ],
  invalid: [
    'InvalidTimeStamp.Format',
    'InvalidProduct.NotFound',
    'InvalidApi.NotFound',
    'InvalidProtocol.NeedSsl',
    'InvalidRegion.NotFound',
    'NoSuchVersion',
    'UnsupportedHTTPMethod',
    'ContentLengthDoesNotMatch',
    'ContentMD5NotMatched',
    'IdempotentParameterMismatch',
  ],
} as const;

describe('Alibaba errors', () => {
  const cases: [what: string, given: HttpAnswer, kind: string, code: string][] = [
    [
      'throttling, though it has status 400',
      answer(400, coded('Throttling.User')),
      'throttled',
      'Throttling.User',
    ],
    [
      'throttling by a product',
      answer(503, coded('Operation.Throttling')),
      'throttled',
      'Operation.Throttling',
    ],
    ['429 of a proxy', answer(429, '<html></html>'), 'throttled', 'HTTP 429'],
    [
      'a bad signature, though it has status 400',
      answer(400, coded('SignatureDoesNotMatch')),
      'unauthenticated',
      'SignatureDoesNotMatch',
    ],
    [
      'an unknown key',
      answer(404, coded('InvalidAccessKeyId.NotFound')),
      'unauthenticated',
      'InvalidAccessKeyId.NotFound',
    ],
    [
      'a key that was switched off',
      answer(400, coded('InvalidAccessKeyId.Inactive')),
      'unauthenticated',
      'InvalidAccessKeyId.Inactive',
    ],
    [
      'the same in other words',
      answer(403, coded('Forbidden.AccessKeyDisabled')),
      'unauthenticated',
      'Forbidden.AccessKeyDisabled',
    ],
    [
      'an expired token',
      answer(400, coded('InvalidSecurityToken.Expired')),
      'unauthenticated',
      'InvalidSecurityToken.Expired',
    ],
    ['no token', answer(400, coded('MissingSecurityToken')), 'unauthenticated', 'MissingSecurityToken'],
    [
      'a wrong clock',
      answer(400, coded('InvalidTimeStamp.Expired')),
      'unauthenticated',
      'InvalidTimeStamp.Expired',
    ],
    [
      'a token that could not be checked',
      answer(503, coded('SecurityToken.CheckFailed')),
      'unavailable',
      'SecurityToken.CheckFailed',
    ],
    [
      'a nonce that came before',
      answer(400, coded('SignatureNonceUsed')),
      'unavailable',
      'SignatureNonceUsed',
    ],
    ['an internal error', answer(500, coded('InternalError')), 'unavailable', 'InternalError'],
    ['a 500 with a code no table lists', answer(500, coded('MoonPhase')), 'unavailable', 'MoonPhase'],
    ['an HTML page with 503', answer(503, '<html><code>x</code></html>'), 'unavailable', 'HTTP 503'],
    ['a permission that is missing', answer(403, coded('Forbidden.RAM')), 'denied', 'Forbidden.RAM'],
    ['the same, short', answer(403, coded('NoPermission')), 'denied', 'NoPermission'],
    [
      "a product's own meaning of a common code",
      answer(403, coded('Forbidden.OwnMeaning')),
      'invalid',
      'Forbidden.OwnMeaning',
    ],
    ['a parameter left out', answer(400, coded('MissingTaskNo')), 'invalid', 'MissingTaskNo'],
    ['illegal characters', answer(400, coded('IllegalCharacters')), 'invalid', 'IllegalCharacters'],
    [
      'a ClientToken used for something else',
      answer(400, coded('IdempotentParameterMismatch')),
      'invalid',
      'IdempotentParameterMismatch',
    ],
    ['a code no table lists', answer(400, coded('MoonPhase')), 'unrecognized', 'MoonPhase'],
    [
      'one that only begins like a listed one',
      answer(403, coded('ForbiddenFruit')),
      'unrecognized',
      'ForbiddenFruit',
    ],
    ['a 403 without a code', answer(403, 'no'), 'unrecognized', 'HTTP 403'],
    ['a redirect', answer(302, ''), 'unrecognized', 'HTTP 302'],
    ['a 200 that is a page', answer(200, '<html></html>'), 'unrecognized', 'HTTP 200'],
    ['a 200 that is a list', answer(200, '[]'), 'unrecognized', 'HTTP 200'],
    ['a 200 that holds an error', answer(200, coded('Throttling')), 'throttled', 'Throttling'],
    ['a 200 with a small code', answer(200, { code: '500', message: 'no' }), 'unrecognized', '500'],
    [
      'a 200 whose inner code is none of success',
      answer(200, { code: '200', data: { Code: 'MoonPhase' } }),
      'unrecognized',
      'MoonPhase',
    ],
    ['a code that is an object', answer(200, '{"Code":{"toString":1}}'), 'unrecognized', 'UnreadableCode'],
    ['a code that is none', answer(400, { Code: { a: 1 } }), 'unrecognized', 'UnreadableCode'],
    [
      'an error in XML',
      answer(
        400,
        '<?xml version="1.0"?><Error><RequestId>r-1</RequestId><HostId>h</HostId><Code>Throttling.Api</Code><Message>a &lt; b &amp;lt;</Message></Error>',
      ),
      'throttled',
      'Throttling.Api',
    ],
  ];
  for (const [what, given, kind, code] of cases) {
    it(`${what} is ${kind}`, () => {
      assert.equal(successBody(given), undefined);
      const error = errorOf(given);
      assert.deepEqual([error.kind, error.code], [kind, code]);
    });
  }

  it('every documented code of the gateway has its kind whatever the status, and no other code is listed', () => {
    const documented = Object.entries(DOCUMENTED).flatMap(([kind, codes]) =>
      codes.map((code) => [code, kind] as const),
    );
    assert.deepEqual(documented.map(([code]) => code).sort(), Object.keys(GATEWAY_ERROR_KINDS).sort());
    for (const [code, kind] of documented) {
      for (const status of [200, 400, 403, 404, 429, 500, 503])
        assert.equal(errorOf(answer(status, coded(code))).kind, kind, `${status} ${code}`);
    }
  });

  it('every family of codes has its kind, by how a code begins and where it is cut', () => {
    const kindOf = (code: string) => alibabaErrorKind(code, 400, {});
    const families = {
      throttled: ['Throttling', 'Throttling.Api', 'Op.Throttling.X'],
      unauthenticated: [
        'InvalidAccessKeyId',
        'InvalidAccessKeyId.New',
        'InvalidSecurityToken',
        'InvalidSecurityToken.New',
        'InvalidTimeStamp',
        'InvalidTimeStamp.New',
      ],
      denied: ['Forbidden', 'Forbidden.New', 'NoPermission.New', 'AccessDenied', 'AccessDenied.New'],
      invalid: ['MissingAny', 'IllegalAny', 'InvalidParameter', 'InvalidParameter.New'],
      unrecognized: [
        'InvalidAccessKeyIdOther',
        'NotInvalidAccessKeyId',
        'InvalidSecurityTokenOther',
        'InvalidTimeStampOther',
        'NotInvalidTimeStamp',
        'ForbiddenOther',
        'NotForbidden',
        'Missing',
        'Missingany',
        'NotMissingAny',
        'InvalidParameters',
        'NotInvalidParameter',
        'toString',
      ],
    };
    for (const [kind, codes] of Object.entries(families))
      for (const code of codes) assert.equal(kindOf(code), kind, code);
    assert.deepEqual(
      [429, 499, 500].map((status) => alibabaErrorKind('MoonPhase', status, {})),
      ['throttled', 'unrecognized', 'unavailable'],
    );
  });

  it('a success is a 2xx without a code, or with one of success', () => {
    const body = (Code?: unknown) => ({ RequestId: 'r-1', ...(Code !== undefined && { Code }) });
    for (const given of [
      body(),
      body('200'),
      body(200),
      body('OK'),
      body('Success'),
      body(' OK '),
      body(null),
    ])
      for (const status of [200, 299]) assert.ok(successBody(answer(status, given)), JSON.stringify(given));
    for (const status of [199, 300, 500]) assert.equal(successBody(answer(status, body())), undefined);
    assert.ok(successBody(answer(200, { code: 'OK', data: { Code: 200 } })));
    assert.ok(successBody(answer(200, { data: null })));
    assert.ok(successBody(answer(200, { data: 'text' })));
    for (const code of ['x'.repeat(101), 'a b', '<a>', '', true])
      assert.equal(errorOf(answer(400, body(code))).code, 'UnreadableCode', String(code));
    assert.equal(errorOf(answer(400, body('x'.repeat(100)))).code, 'x'.repeat(100));
    assert.equal(errorOf(answer(400, body('a.B-c:1_2'))).code, 'a.B-c:1_2');
  });

  it('the id of the call is that of the header, or of the body wherever it stands there', () => {
    const header = { 'x-acs-request-id': 'h' };
    assert.deepEqual(requestIdOf(answer(200, { RequestId: 'b' }, header)), { requestId: 'h' });
    assert.deepEqual(requestIdOf(answer(200, { RequestId: 'b' })), { requestId: 'b' });
    assert.deepEqual(requestIdOf(answer(200, { data: { RequestId: 'i' } })), { requestId: 'i' });
    assert.deepEqual(requestIdOf(answer(400, '<E><RequestId>x</RequestId></E>')), { requestId: 'x' });
    for (const body of [{}, { RequestId: 7 }, '']) assert.deepEqual(requestIdOf(answer(200, body)), {});
  });

  it('obeys a delay in whole numbers alone, and its own before the common one', () => {
    const after = (headers: Record<string, string>) => errorOf(answer(503, '', headers)).context;
    assert.equal(after({ 'x-acs-retry-after': '700', 'retry-after': '7' }).retryAfterMs, 700);
    assert.equal(after({ 'x-acs-retry-after': 'soon', 'retry-after': '7' }).retryAfterMs, 7_000);
    for (const odd of ['-7', '7.5', ' 7', '7s', 's7', ''])
      assert.deepEqual(after({ 'x-acs-retry-after': odd, 'retry-after': odd }), {}, odd);
  });

  it('says what it has no words for, and decodes those of XML', () => {
    assert.equal(errorOf(answer(400, '{}')).message, 'CancelIt: no answer of Alibaba Cloud that can be read');
    assert.equal(errorOf(answer(400, { code: 'A', message: 'small' })).message, 'CancelIt: small');
    const wordless = errorOf(answer(400, { Code: 'A', Message: { text: 'no' } }));
    assert.equal(wordless.message, 'CancelIt: no answer of Alibaba Cloud that can be read');
    const xml = '<E><Code>A</Code><Message>&lt;&gt;&quot;&apos;&amp;&odd;</Message></E>';
    assert.equal(errorOf(answer(400, xml)).message, `CancelIt: <>"'&&odd;`);
    assert.equal(errorOf(answer(400, coded('A', 'first\nsecond'))).message, 'CancelIt: first');
    assert.ok(!errorOf(answer(400, coded('XInvalidTimeStamp.A'))).message.includes('clock'));
  });

  it('hides what may be secret, and keeps the words around it', () => {
    const told = (message: string) => errorOf(answer(400, coded('X', message))).message;
    assert.equal(told('No. Server  String to Sign is:abc'), 'CancelIt: No.');
    assert.equal(told('No stringtosign=abc'), 'CancelIt: No.');
    assert.equal(told('StringToSign=abc'), 'CancelIt: .');
    assert.equal(told('?! StringToSign=abc'), 'CancelIt: .');
    assert.equal(told('A substring to signal'), 'CancelIt: A substring to signal');
    assert.equal(told('see HTTPS://a/b?c and "http://d"!'), 'CancelIt: see [address] and "[address]"!');
    assert.equal(told('Signature%3Dabc&b'), 'CancelIt: Signature=[hidden]&b');
    assert.equal(told('securitytoken=abc b'), 'CancelIt: securitytoken=[hidden] b');
    assert.equal(told('a/secret+ a%2Fsecret%2B a%252Fsecret%252B.'), 'CancelIt: [hidden] [hidden] [hidden].');
  });

  it('tells message, request id and how long to wait, of JSON and XML', () => {
    const json = errorOf(answer(400, coded('Throttling.User'), { 'x-acs-retry-after': '700' }));
    assert.equal(json.message, 'CancelIt: Said the vendor.');
    assert.deepEqual([json.context.requestId, json.context.retryAfterMs], ['r-1', 700]);
    const xml = errorOf(
      answer(
        404,
        '<Error><RequestId>r-2</RequestId><Code>No.Such</Code><Message>a &lt; b &amp;lt;</Message></Error>',
      ),
    );
    assert.equal(xml.message, 'CancelIt: a < b &lt;');
    assert.equal(xml.context.requestId, 'r-2');
    assert.equal(errorOf(answer(503, '', { 'retry-after': '7' })).context.retryAfterMs, 7_000);
    assert.equal(errorOf(answer(503, '', { 'retry-after': 'soon' })).context.retryAfterMs, undefined);
  });

  it('is quick, however long what the vendor says is', () => {
    const startedAt = performance.now();
    for (const sign of ['-', ' ', '目', 'server ', 'AccessKeyId'])
      errorOf(answer(400, JSON.stringify({ Code: 'No.Such', Message: sign.repeat(150_000) })));
    // It took half a minute for each hundred and fifty thousand dashes.
    assert.ok(performance.now() - startedAt < 10_000);
  });

  it('advises to set the clock where the clock is wrong', () => {
    assert.match(errorOf(answer(400, coded('InvalidTimeStamp.Expired'))).message, /Set this machine's clock/);
  });

  it('tells no key, token, signature or signed URL, in whatever words', () => {
    const told = [
      `server string to sign is:POST&%2F&AccessKeyId%3D${keys.accessKeyId}%26SecurityToken%3DCAIS%252Ftoken%252B%253D%253D`,
      `see http://127.0.0.1/?AccessKeyId=gZzDF6ecLAq&Signature=ag%2BU7yjbWdkJHC&TaskNo=1 for it`,
      `the key ${keys.accessKeyId} with ${keys.securityToken} or CAIS%2Ftoken%2B%3D%3D or CAIS%252Ftoken%252B%253D%253D`,
      `AccessKeyId=gZzDF6ecLAq&Signature=ag%2BU7yjbWdkJHC is wrong`,
    ].map((message) => errorOf(answer(400, coded('X', `Said so. ${message}`))).message);
    for (const text of told) {
      assert.match(text, /Said so/);
      assert.doesNotMatch(text, /LTAIwhoever|CAIS|gZzDF|ag%2B|string to sign/);
    }
  });

  it('keeps a message short', () => {
    assert.ok(errorOf(answer(400, coded('X', 'long '.repeat(1_000)))).message.length < 600);
  });

  it('reads no error as a success', () => {
    const code = fc.oneof(fc.string(), fc.integer(), fc.constantFrom(...Object.keys(GATEWAY_ERROR_KINDS)));
    const isSuccess = new Set(['200', 'OK', 'Success']);
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        code,
        fc.constantFrom('Code', 'code'),
        (status, said, name) => {
          const given = answer(status, { [name]: said, RequestId: 'r' });
          const succeeded = status >= 200 && status < 300 && isSuccess.has(String(said).trim());
          assert.equal(successBody(given) !== undefined, succeeded);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes nothing but a JSON object for a success', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 200, max: 599 }), (body, status) => {
        const got = successBody(answer(status, body));
        if (got === undefined) return;
        assert.ok(status < 300);
        assert.deepEqual(got, JSON.parse(body));
      }),
    );
  });

  it('leaves no fault of the vendor open to doubt: a 5xx whose code no table lists is retried after a look', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z][a-z]{3,20}$/),
        fc.integer({ min: 500, max: 599 }),
        (code, status) => {
          fc.pre(
            !/^(Throttling|Forbidden|Missing|Illegal)/.test(code) &&
              !Object.hasOwn(GATEWAY_ERROR_KINDS, code),
          );
          fc.pre(!['NoPermission', 'AccessDenied', 'InvalidParameter'].includes(code));
          assert.equal(alibabaErrorKind(code, status, {}), 'unavailable');
        },
      ),
    );
  });
});
