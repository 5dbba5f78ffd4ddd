import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  canonicalQuery,
  percentEncode,
  type SentRequest,
  type SignableRequest,
} from '../../providers/vendors/canonical-request.js';
import {
  readSdkClaim,
  sdkAuthorization,
  sdkProblem,
  sdkSignature,
  signSdk,
} from '../../providers/vendors/huawei/signature.js';

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sentHeaders: Readonly<Record<string, string>>;
  readonly body: string;
  readonly requestTarget: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly signedHeaders: string;
  readonly authorization: string;
}

/** Made by the official SDK's signer with a made-up key. */
const { ak, sk, vectors } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/unit/vectors/huawei-signatures.json'), 'utf8'),
) as { readonly ak: string; readonly sk: string; readonly vectors: readonly Vector[] };

const KEYS = { ak: 'AKEXAMPLE', sk: 'not-a-secret' };
const DATE = new Date('2026-11-21T01:02:03.456Z');
const text = fc.string({ unit: 'binary' });
const segments = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 4 });
const requests: fc.Arbitrary<SentRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'DELETE', 'POST'),
    segments,
    parameters: fc.array(fc.tuple(text, text), { maxLength: 4 }),
    body: fc.oneof(fc.constant(''), fc.json()),
  })
  .map(({ method, segments: parts, parameters, body }) => ({
    method,
    path: `/${parts.map(percentEncode).join('/')}`,
    query: canonicalQuery(parameters),
    headers: { host: '127.0.0.1:18080', 'content-type': 'application/json' },
    body,
  }));

describe('Huawei vectors', () => {
  it('are all there', () => assert.equal(vectors.length, 14));

  for (const vector of vectors) {
    it(vector.name, () => {
      const request = requestOf(vector, vector.sentHeaders);
      assert.equal(sdkAuthorization(request, { ak, sk }), vector.authorization);
      const claim = readSdkClaim(vector.authorization);
      assert.ok(claim);
      assert.deepEqual([claim.accessKeyId, claim.signedHeaders.join(';')], [ak, vector.signedHeaders]);
      const { canonicalRequest, stringToSign } = sdkSignature(request, claim.signedHeaders, sk);
      assert.deepEqual([canonicalRequest, stringToSign], [vector.canonicalRequest, vector.stringToSign]);
      assert.equal(sdkProblem(request, claim, sk), undefined);
      assert.equal(sdkProblem(request, claim, `${sk}!`), 'signature');
      // The query goes over the wire exactly as it was signed.
      assert.equal(request.query, vector.requestTarget.split('?')[1] ?? '');
    });

    it(`signSdk: ${vector.name}`, () => {
      const sent = requestOf(vector, { ...vector.headers, ...contentHash(vector), host: vector.host });
      const { 'x-sdk-date': date, 'x-security-token': securityToken, ...headers } = sent.headers;
      assert.equal(date, '20261121T010203Z');
      const keys = { ak, sk, ...(securityToken !== undefined && { securityToken }) };
      const signed = signSdk({ ...sent, headers }, keys, DATE);
      assert.equal(signed.headers['authorization'], vector.authorization);
      assert.equal(signed.headers['x-sdk-date'], date);
    });
  }
});

describe('signSdk', () => {
  it('is understood by the verifier, also when path and query come in another encoding', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const sent = signSdk(request, KEYS, DATE);
        assert.equal(problem(sent), undefined);
        assert.equal(problem({ ...sent, body: Buffer.from(sent.body) }), undefined);
        assert.equal(problem({ ...sent, query: new URLSearchParams(sent.query).toString() }), undefined);
        const bare = sent.path.replaceAll(/%(21|27|28|29|2A)/g, decodeURIComponent);
        assert.equal(problem({ ...sent, path: bare }), undefined);
      }),
    );
  });

  it('holds for nothing else: method, path, query, body, any signed header, any other key', () => {
    fc.assert(
      fc.property(requests, text, fc.nat(), (request, other, at) => {
        const sent = signSdk({ ...request, path: `${request.path}/task-1` }, KEYS, DATE);
        const names = ['host', 'content-type', 'x-sdk-date'];
        const name = names[at % names.length]!;
        const changes: SignableRequest[] = [
          { ...sent, method: `${sent.method}X` },
          { ...sent, path: sent.path.replace(/task-1$/, 'task-2') },
          { ...sent, path: `${sent.path}/${percentEncode(other)}x` },
          { ...sent, query: [sent.query, canonicalQuery([['Other', other]])].filter(Boolean).join('&') },
          { ...sent, body: `${sent.body} ` },
          { ...sent, headers: { ...sent.headers, [name]: changed(sent.headers[name]!, at) } },
        ];
        for (const change of changes) assert.equal(problem(change), 'signature');
        assert.equal(problem(sent, `${KEYS.sk}${other}x`), 'signature');
      }),
    );
  });

  it('signs neither an older signature nor a name that gateways drop', () => {
    const headers = { host: 'h', authorization: 'old', under_score: '1', 'x-sdk-date': '20260101T000000Z' };
    const request = { method: 'GET', path: '/', query: '', headers, body: '' };
    assert.deepEqual(readSdkClaim(sdkAuthorization(request, KEYS))?.signedHeaders, ['host', 'x-sdk-date']);
  });

  it('signs a temporary token, and blanks inside a header as they are', () => {
    const headers = { host: 'h', 'x-note': '  a  b ' };
    const request = { method: 'GET', path: '/a', query: '', headers, body: '' };
    const sent = signSdk(request, { ...KEYS, securityToken: 'token' }, DATE);
    const claim = readSdkClaim(sent.headers['authorization']!)!;
    assert.deepEqual(claim.signedHeaders, ['host', 'x-note', 'x-sdk-date', 'x-security-token']);
    const { canonicalRequest } = sdkSignature(sent, claim.signedHeaders, KEYS.sk);
    assert.match(canonicalRequest, /^GET\n\/a\/\n\nhost:h\nx-note:a {2}b\n/);
  });
});

describe('sdkProblem', () => {
  it('wants host and date signed', () => {
    const sent = signSdk(
      { method: 'GET', path: '/', query: '', headers: { host: 'h' }, body: '' },
      KEYS,
      DATE,
    );
    const claim = readSdkClaim(sent.headers['authorization']!)!;
    for (const signedHeaders of [['host'], ['x-sdk-date']]) {
      const { signature } = sdkSignature(sent, signedHeaders, KEYS.sk);
      assert.equal(sdkProblem(sent, { ...claim, signedHeaders, signature }, KEYS.sk), 'unsigned-header');
    }
  });

  it('takes a malformed path for a wrong signature, not for a fault of its own', () => {
    const sent = signSdk(
      { method: 'GET', path: '/a', query: '', headers: { host: 'h' }, body: '' },
      KEYS,
      DATE,
    );
    for (const path of ['/%', '/%zz', '/%ff%fe', '/%e4%bb']) {
      assert.equal(problem({ ...sent, path }), 'signature');
    }
  });

  it('reads no claim from another scheme or from a part', () => {
    for (const header of ['', 'Bearer x', 'SDK-HMAC-SHA256 Access=a, SignedHeaders=host']) {
      assert.equal(readSdkClaim(header), undefined);
    }
  });

  it('reads a claim however it is spaced, and nothing around it', () => {
    const signature = 'a1'.repeat(32);
    const claim = { accessKeyId: 'a', signedHeaders: ['host', 'x-sdk-date'], signature };
    for (const [first, between] of [
      [' ', ','],
      [' ', ', '],
      ['  ', ',  '],
    ] as const) {
      const parts = ['Access=a', 'SignedHeaders=host;x-sdk-date', `Signature=${signature}`];
      const header = `SDK-HMAC-SHA256${first}${parts.join(between)}`;
      assert.deepEqual(readSdkClaim(header), claim);
      for (const more of [`x${header}`, `${header}0`, `${header} `])
        assert.equal(readSdkClaim(more), undefined);
    }
  });

  it('holds a body to be unsigned only where there is one', () => {
    const headers = { host: 'h', 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' };
    const request = { method: 'POST', path: '/', query: '', headers };
    const hashOf = (body: string) =>
      sdkSignature({ ...request, body }, [], KEYS.sk)
        .canonicalRequest.split('\n')
        .at(-1);
    assert.equal(hashOf('text'), 'UNSIGNED-PAYLOAD');
    assert.equal(hashOf(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

function requestOf(vector: Vector, headers: Readonly<Record<string, string>>): SentRequest {
  return {
    method: vector.method,
    path: vector.path,
    query: canonicalQuery(vector.query),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: vector.body,
  };
}

/** The one header that the official signer adds by itself, for bodies that are not JSON: adapters send none. */
function contentHash({ sentHeaders }: Vector): Record<string, string> {
  const value = sentHeaders['X-Sdk-Content-Sha256'];
  return value === undefined ? {} : { 'x-sdk-content-sha256': value };
}

function problem(request: SignableRequest, key = KEYS.sk): string | undefined {
  const claim = readSdkClaim(String(request.headers['authorization']));
  assert.ok(claim);
  return sdkProblem(request, claim, key);
}

/** One character replaced by one that is never trimmed and never the same. */
function changed(value: string, at: number): string {
  const index = at % value.length;
  return `${value.slice(0, index)}${value[index] === '#' ? '$' : '#'}${value.slice(index + 1)}`;
}
