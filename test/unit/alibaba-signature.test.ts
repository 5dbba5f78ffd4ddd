import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  acs3Authorization,
  acs3Problem,
  acs3Signature,
  readAcs3Claim,
  rpcSignature,
  signAcs3,
  signRpc,
  type AlibabaCall,
} from '../../providers/vendors/alibaba/signature.js';
import {
  canonicalQuery,
  type SentRequest,
  type SignableRequest,
} from '../../providers/vendors/canonical-request.js';

interface Acs3Vector {
  readonly name: string;
  readonly scheme: 'ACS3-HMAC-SHA256';
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly method: string;
  readonly pathname: string;
  readonly flattenedQuery: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly authorization: string;
}

interface RpcVector {
  readonly name: string;
  readonly scheme: 'V1 HMAC-SHA1';
  readonly accessKeySecret: string;
  readonly method: string;
  readonly flattenedParams: Readonly<Record<string, string>>;
  readonly stringToSign: string;
  readonly signature: string;
}

/** Made by the vendor's own signers with made-up keys; the first of each scheme is the one its documents print. */
const VECTORS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../test/unit/vectors/alibaba-signatures.json'), 'utf8'),
) as readonly (Acs3Vector | RpcVector)[];
const ACS3_VECTORS = VECTORS.filter((vector) => vector.scheme === 'ACS3-HMAC-SHA256');
const RPC_VECTORS = VECTORS.filter((vector) => vector.scheme === 'V1 HMAC-SHA1');

const SECRET = 'not-a-secret';
const KEYS = { accessKeyId: 'LTAIexample', accessKeySecret: SECRET };
const CALL = { action: 'A', version: '1', parameters: {}, host: 'h', date: new Date(0), nonce: 'n' };
const text = fc.string({ unit: 'binary' });
const calls: fc.Arbitrary<AlibabaCall> = fc.record({
  action: fc.constantFrom('CancelDataFlowTask', 'CancelTask'),
  version: fc.constantFrom('2017-06-26', '2018-01-29'),
  parameters: fc.dictionary(text, text),
  host: fc.constantFrom('nas.cn-hangzhou.aliyuncs.com', '127.0.0.1:18080'),
  date: fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
  nonce: fc.uuid(),
});

describe('Alibaba vectors', () => {
  it('are all there', () => assert.deepEqual([ACS3_VECTORS.length, RPC_VECTORS.length], [4, 3]));

  for (const vector of ACS3_VECTORS) {
    it(vector.name, () => {
      const { accessKeyId, accessKeySecret } = vector;
      const request = requestOf(vector);
      assert.equal(acs3Authorization(request, { accessKeyId, accessKeySecret }), vector.authorization);
      const claim = readAcs3Claim(vector.authorization);
      assert.ok(claim);
      assert.equal(claim.accessKeyId, accessKeyId);
      const { canonicalRequest, stringToSign } = acs3Signature(request, claim.signedHeaders, accessKeySecret);
      assert.deepEqual([canonicalRequest, stringToSign], [vector.canonicalRequest, vector.stringToSign]);
      assert.equal(acs3Problem(request, claim, accessKeySecret), undefined);
      assert.equal(acs3Problem(request, claim, `${accessKeySecret}!`), 'signature');
    });
  }

  // What an adapter sends for the same call: the vectors whose headers are just those that it sends.
  for (const vector of ACS3_VECTORS.filter(({ headers }) => !('x-acs-credentials-provider' in headers))) {
    it(`signAcs3: ${vector.name}`, () => {
      const { headers, accessKeyId, accessKeySecret } = vector;
      const call = {
        action: headers['x-acs-action']!,
        version: headers['x-acs-version']!,
        parameters: vector.flattenedQuery,
        host: headers['host']!,
        date: new Date(headers['x-acs-date']!),
        nonce: headers['x-acs-signature-nonce']!,
      };
      const sent = signAcs3(call, { accessKeyId, accessKeySecret });
      assert.equal(sent.headers['authorization'], vector.authorization);
    });
  }

  for (const vector of RPC_VECTORS) {
    it(vector.name, () => {
      const { method, flattenedParams, accessKeySecret, stringToSign, signature } = vector;
      const parameters = Object.entries(flattenedParams);
      assert.deepEqual(rpcSignature(method, parameters, accessKeySecret), { stringToSign, signature });
      const withSignature = [...parameters, ['Signature', signature]] as const;
      assert.equal(
        rpcSignature(method.toLowerCase(), withSignature, accessKeySecret).stringToSign,
        stringToSign,
      );
    });
  }
});

describe('signAcs3', () => {
  it('is understood by the verifier, also when the query comes in another encoding', () => {
    fc.assert(
      fc.property(calls, fc.option(fc.base64String({ minLength: 1 })), (call, securityToken) => {
        const keys = { ...KEYS, ...(securityToken !== null && { securityToken }) };
        const sent = signAcs3(call, keys);
        assert.equal(problem(sent), undefined);
        // As `URLSearchParams` and Node's `querystring` send it: blanks as `+`, and `!'()*` bare or not.
        assert.equal(problem({ ...sent, query: new URLSearchParams(call.parameters).toString() }), undefined);
        assert.deepEqual({ ...call.parameters }, Object.fromEntries(new URLSearchParams(sent.query)));
      }),
    );
  });

  it('holds for nothing else: method, path, query, body, any signed header, any other secret', () => {
    fc.assert(
      fc.property(calls, text, fc.nat(), (call, other, at) => {
        const sent = signAcs3({ ...call, parameters: { ...call.parameters, TaskId: 'task-1' } }, KEYS);
        const { method, path, query, headers } = sent;
        const names = Object.keys(headers).filter((name) => name.startsWith('x-acs-') || name === 'host');
        const name = names[at % names.length]!;
        const changes: SignableRequest[] = [
          { ...sent, method: `${method}X` },
          { ...sent, path: `${path}${encodeURIComponent(other)}x` },
          { ...sent, query: query.replace('task-1', 'task-2') },
          { ...sent, query: `${query}&${canonicalQuery([['Other', other]])}` },
          { ...sent, query: query.replace('TaskId=', 'taskId=') },
          { ...sent, headers: { ...headers, [name]: changed(headers[name]!, at) } },
          { ...sent, headers: { ...headers, 'x-acs-other': other } },
        ];
        for (const change of changes) assert.notEqual(problem(change), undefined);
        assert.equal(problem(sent, `${SECRET}${other}x`), 'signature');
        assert.equal(problem({ ...sent, body: `${other}x` }), 'body-hash');
      }),
    );
  });

  it('sends and signs what the gateway has to know, and a token only with temporary keys', () => {
    const { authorization, ...headers } = signAcs3(CALL, KEYS).headers;
    assert.match(authorization!, /^ACS3-HMAC-SHA256 Credential=LTAIexample,SignedHeaders=host;x-acs-action;/);
    const sent = {
      host: 'h',
      accept: 'application/json',
      'x-acs-action': 'A',
      'x-acs-version': '1',
      'x-acs-date': '1970-01-01T00:00:00Z',
      'x-acs-signature-nonce': 'n',
      'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    };
    assert.deepEqual(headers, sent);
    const { authorization: _, ...temporary } = signAcs3(CALL, { ...KEYS, securityToken: 'token' }).headers;
    assert.deepEqual(temporary, {
      ...sent,
      'x-acs-accesskey-id': 'LTAIexample',
      'x-acs-security-token': 'token',
    });
  });

  it('leaves nothing reserved in the query', () => {
    fc.assert(
      fc.property(calls, (call) => {
        const { query } = signAcs3(call, KEYS);
        assert.match(query, /^([A-Za-z0-9\-_.~=&]|%[0-9A-F]{2})*$/);
      }),
    );
    assert.equal(
      canonicalQuery([['k', "a b+c*d~e/f=g!'()任"]]),
      'k=a%20b%2Bc%2Ad~e%2Ff%3Dg%21%27%28%29%E4%BB%BB',
    );
  });
});

describe('acs3Problem', () => {
  it('wants every common header signed, and takes clients that sign more', () => {
    const sent = signAcs3(CALL, KEYS);
    const claim = readAcs3Claim(sent.headers['authorization']!)!;
    const few = claim.signedHeaders.filter((name) => name !== 'x-acs-signature-nonce');
    const { signature } = acs3Signature(sent, few, SECRET);
    assert.equal(acs3Problem(sent, { ...claim, signedHeaders: few, signature }, SECRET), 'unsigned-header');

    const more = [...claim.signedHeaders, 'accept'];
    const again = acs3Signature(sent, more, SECRET);
    assert.match(again.canonicalRequest, /\n\naccept;host;x-acs-action;/);
    const genuine = { ...claim, signedHeaders: more, signature: again.signature };
    assert.equal(acs3Problem(sent, genuine, SECRET), undefined);
  });

  it('reads no claim from another scheme or from a part', () => {
    for (const header of ['', 'Bearer x', 'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host']) {
      assert.equal(readAcs3Claim(header), undefined);
    }
  });

  it('reads a claim however it is spaced, and nothing around it', () => {
    const signature = 'a1'.repeat(32);
    const claim = { accessKeyId: 'a', signedHeaders: ['host', 'x-acs-date'], signature };
    for (const [first, between] of [
      [' ', ','],
      [' ', ', '],
      ['  ', ',  '],
    ] as const) {
      const parts = ['Credential=a', 'SignedHeaders=host;x-acs-date', `Signature=${signature}`];
      const header = `ACS3-HMAC-SHA256${first}${parts.join(between)}`;
      assert.deepEqual(readAcs3Claim(header), claim);
      for (const more of [`x${header}`, `${header}0`, `${header} `])
        assert.equal(readAcs3Claim(more), undefined);
    }
  });

  it('wants no header signed for a name that only has a common one in it', () => {
    const headers = { host: 'h', 'x-forwarded-host': 'f', hostname: 'n', 'my-x-acs-a': '1', 'x-acs-b': '2' };
    const request = { method: 'POST', path: '/', query: '', headers, body: '' };
    const claim = readAcs3Claim(acs3Authorization(request, KEYS));
    assert.deepEqual(claim?.signedHeaders, ['host', 'x-acs-b']);
  });
});

describe('signRpc', () => {
  it('is a POST without a body, whose one header is the host', () => {
    const { query, ...sent } = signRpc(CALL, KEYS);
    assert.deepEqual(sent, { method: 'POST', path: '/', headers: { host: 'h' }, body: '' });
    assert.ok(!query.includes('SecurityToken'));
  });

  it('sends the token of temporary keys', () => {
    const { query } = signRpc(CALL, { ...KEYS, securityToken: 'token+/=' });
    assert.equal(new URLSearchParams(query).get('SecurityToken'), 'token+/=');
  });

  it('is understood by the verifier, and breaks with any changed parameter', () => {
    fc.assert(
      fc.property(calls, text, (call, other) => {
        const sent = signRpc(call, { ...KEYS, securityToken: 'token+/=' });
        const parameters = [...new URLSearchParams(sent.query)];
        const claimed = parameters.find(([name]) => name === 'Signature')?.[1];
        assert.equal(rpcSignature('POST', parameters, SECRET).signature, claimed);
        assert.notEqual(rpcSignature('GET', parameters, SECRET).signature, claimed);
        assert.notEqual(rpcSignature('POST', [...parameters, ['Other', other]], SECRET).signature, claimed);
        const at = parameters.findIndex(([name]) => name === 'SignatureNonce');
        const changes = parameters.with(at, ['SignatureNonce', `${other}x`]);
        assert.notEqual(rpcSignature('POST', changes, SECRET).signature, claimed);
      }),
    );
  });

  it('sends what the operation needs beside the parameters', () => {
    const sent = signRpc(
      {
        action: 'CancelTask',
        version: '2018-01-29',
        parameters: { TaskNo: '1' },
        host: 'domain.aliyuncs.com',
        date: new Date('2026-11-21T01:02:03.456Z'),
        nonce: 'n',
      },
      KEYS,
    );
    assert.deepEqual(Object.fromEntries(new URLSearchParams(sent.query)), {
      AccessKeyId: 'LTAIexample',
      Action: 'CancelTask',
      Format: 'JSON',
      Signature: new URLSearchParams(sent.query).get('Signature'),
      SignatureMethod: 'HMAC-SHA1',
      SignatureNonce: 'n',
      SignatureVersion: '1.0',
      TaskNo: '1',
      Timestamp: '2026-11-21T01:02:03Z',
      Version: '2018-01-29',
    });
  });
});

function requestOf({ method, pathname, flattenedQuery, headers, body }: Acs3Vector): SignableRequest {
  return { method, path: pathname, query: canonicalQuery(Object.entries(flattenedQuery)), headers, body };
}

function problem(request: SentRequest | SignableRequest, secret = SECRET): string | undefined {
  const claim = readAcs3Claim(String(request.headers['authorization']));
  assert.ok(claim);
  return acs3Problem(request, claim, secret);
}

/** One character replaced by one that is never trimmed and never the same. */
function changed(value: string, at: number): string {
  const index = at % value.length;
  return `${value.slice(0, index)}${value[index] === '#' ? '$' : '#'}${value.slice(index + 1)}`;
}
