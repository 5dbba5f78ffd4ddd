import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { OPEN_GATE } from '../../providers/call-gate.js';
import type { ProviderError } from '../../providers/provider.js';
import { AlibabaClient, type AlibabaSignature } from '../../providers/vendors/alibaba/client.js';
import {
  rpcSignature,
  signAcs3,
  signRpc,
  type AlibabaKeys,
} from '../../providers/vendors/alibaba/signature.js';
import { canonicalQuery, type SentRequest } from '../../providers/vendors/canonical-request.js';
import { AlibabaRefusal } from '../../providers/vendors/alibaba/simulate-answer.js';
import {
  AlibabaGateway,
  gatewaySwitches,
  mandatory,
  type AlibabaOperation,
} from '../../providers/vendors/alibaba/simulate-gateway.js';
import type { AlibabaRequest } from '../../providers/vendors/alibaba/simulate-request.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { providerErrorOf } from '../unit/provider-error-of.js';

const VERSION = '2020-02-02';
const SIGNATURES = ['ACS3-HMAC-SHA256', 'HMAC-SHA1'] as const;
const { alibaba: KEYS, alibabaTemporary: TEMPORARY } = SIMULATED_CREDENTIALS;
const AWKWARD = "a b+c&d=e/f*~'()!é%20";
const signal = new AbortController().signal;

describe("Alibaba's gateway", () => {
  const switches = z.object(gatewaySwitches).parse({});
  let server: Server;
  let endpoint: string;
  let nonce = 0;
  let skewMs = 0;

  before(async () => {
    const gateway = new AlibabaGateway(
      VERSION,
      () => switches,
      () => Date.now() + skewMs,
    );
    server = createServer((message, response) => {
      void buffer(message).then(async (body) => {
        const [path = '/', query = ''] = (message.url ?? '').split('?');
        const request = gateway.read({
          method: message.method ?? '',
          path,
          query,
          headers: message.headers,
          body,
        });
        if (request === undefined) return response.writeHead(418).end();
        const call = gateway.call(request, operations(request)[request.action], { taskIds: [] });
        const refused = await call.authenticate();
        const { status, headers, body: text } = refused === undefined ? call.answer() : call.refuse(refused);
        return response.writeHead(status, headers).end(text);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const operations = (request: AlibabaRequest): Record<string, AlibabaOperation> => ({
    Echo: () => ({ output: { Given: request.parameters, List: [{ N: 1 }, { N: 2 }] } }),
    Need: () => ({ output: { It: mandatory(request, 'It') } }),
    Deny: () => {
      throw new AlibabaRefusal(403, 'Deny.It', 'a < b & c');
    },
    Bare: (requestId) => ({ output: { RequestId: undefined, data: { RequestId: requestId } } }),
  });

  function client(
    signature: AlibabaSignature,
    keys: AlibabaKeys = KEYS,
    refused: AlibabaKeys[] = [],
  ): AlibabaClient {
    return new AlibabaClient({
      endpoint,
      version: VERSION,
      signature,
      keys: () => Promise.resolve(keys),
      forgetKeys: (each) => refused.push(each),
      gate: OPEN_GATE,
      errorKinds: { 'Deny.It': 'denied' },
    });
  }

  function signed(
    signature: AlibabaSignature,
    change: { date?: Date; nonce?: string; version?: string; action?: string } = {},
    keys: AlibabaKeys = KEYS,
  ): SentRequest {
    const call = { action: 'Echo', version: VERSION, parameters: {}, host: new URL(endpoint).host };
    const made = { ...call, date: new Date(), nonce: change.nonce ?? `n-${++nonce}`, ...change };
    return signature === 'HMAC-SHA1' ? signRpc(made, keys) : signAcs3(made, keys);
  }

  async function send({
    method,
    query,
    headers,
    body,
  }: SentRequest): Promise<{ status: number; type: string; text: string; code: string | undefined }> {
    const { host: _, ...sent } = headers;
    const answer = await fetch(`${endpoint}/?${query}`, {
      method,
      headers: sent,
      ...(body !== '' && { body }),
    });
    const text = await answer.text();
    const code = /"Code":"([^"]*)"|<Code>([^<]*)/.exec(text);
    return {
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
      text,
      code: code?.[1] ?? code?.[2],
    };
  }

  for (const signature of SIGNATURES) {
    describe(signature, () => {
      it('takes a signed call and answers with its parameters as they were meant', async () => {
        const made = client(signature);
        const { body, requestId } = await made.call('Echo', { Plain: '1', Awkward: AWKWARD }, signal);
        assert.deepEqual(body['Given'], { Plain: '1', Awkward: AWKWARD });
        assert.match(requestId ?? '', /^[0-9A-F-]{36}$/);
        assert.equal(body['RequestId'], requestId);
        made.close();
      });

      it('takes temporary keys with their token, and with no other', async () => {
        const good = client(signature, TEMPORARY);
        assert.ok((await good.call('Echo', {}, signal)).requestId);
        good.close();
        const { accessKeyId, accessKeySecret } = TEMPORARY;
        await rejected({ accessKeyId, accessKeySecret }, 'MissingSecurityToken');
        await rejected({ ...TEMPORARY, securityToken: 'another' }, 'InvalidSecurityToken.Malformed');
        await rejected({ ...KEYS, securityToken: 'any' }, 'InvalidSecurityToken.MismatchWithAccessKey');
      });

      const nobody = { ...KEYS, accessKeyId: 'LTAIother' };
      const wrong = { ...KEYS, accessKeySecret: 'wrong' };

      it('refuses an unknown key, and a wrong secret without telling what was signed', async () => {
        await rejected(nobody, 'InvalidAccessKeyId.NotFound');
        const error = await rejected(wrong, 'SignatureDoesNotMatch');
        assert.doesNotMatch(error.message, new RegExp(`${KEYS.accessKeyId}|string to sign`));
        // The gateway did tell it, so that this is tested.
        const raw = await send(signed(signature, {}, wrong));
        assert.match(raw.text, /string to sign is:/);
      });

      for (const [name, statuses, keys, code] of [
        ['unknownKeyStatus', [404, 400], nobody, 'InvalidAccessKeyId.NotFound'],
        ['signatureMismatchStatus', [400, 403], wrong, 'SignatureDoesNotMatch'],
      ] as const) {
        it(`tells ${code} by its code, whatever its status`, async () => {
          for (const status of statuses) {
            Object.assign(switches, { [name]: status });
            assert.equal((await send(signed(signature, {}, keys))).status, status);
            await rejected(keys, code);
          }
          Object.assign(switches, { [name]: statuses[0] });
        });
      }

      async function rejected(keys: AlibabaKeys, code: string): Promise<ProviderError> {
        const refused: AlibabaKeys[] = [];
        const made = client(signature, keys, refused);
        const error = await providerErrorOf(made.call('Echo', {}, signal));
        made.close();
        assert.deepEqual([error.kind, error.code], ['unauthenticated', code]);
        assert.deepEqual(refused, [keys]);
        return error;
      }

      it('takes a nonce once', async () => {
        const request = signed(signature);
        assert.equal((await send(request)).status, 200);
        const again = await send(request);
        assert.deepEqual([again.status, again.code], [400, 'SignatureNonceUsed']);
      });

      it('does not spend the nonce of a call that was not genuine', async () => {
        assert.equal(
          (
            await send(
              signed(signature, { nonce: `kept-${signature}` }, { ...KEYS, accessKeySecret: 'wrong' }),
            )
          ).status,
          400,
        );
        assert.equal((await send(signed(signature, { nonce: `kept-${signature}` }))).status, 200);
      });

      it('takes a date that is 15 minutes off at most, or 31 where the switch says so', async () => {
        const off = (minutes: number) =>
          send(signed(signature, { date: new Date(Date.now() + minutes * 60_000) }));
        assert.equal((await off(-14)).status, 200);
        for (const minutes of [-16, 16]) {
          const { status, code } = await off(minutes);
          assert.deepEqual([status, code], [400, 'InvalidTimeStamp.Expired']);
        }
        switches.timestampValidity = '31m';
        assert.equal((await off(-16)).status, 200);
        assert.equal((await off(-32)).status, 400);
        switches.timestampValidity = '15m';
      });

      it('goes by its own clock, which may be wrong either way', async () => {
        const sent = () => send(signed(signature, {}));
        for (const [minutes, status] of [
          [14, 200],
          [-14, 200],
          [16, 400],
          [-16, 400],
        ] as const) {
          skewMs = minutes * 60_000;
          assert.equal((await sent()).status, status);
        }
        skewMs = 0;
      });

      it('answers errors of operations by their code', async () => {
        const made = client(signature);
        const denied = await providerErrorOf(made.call('Deny', {}, signal));
        assert.deepEqual(
          [denied.kind, denied.code, denied.message],
          ['denied', 'Deny.It', 'Deny: a < b & c'],
        );
        assert.match(denied.context.requestId ?? '', /^[0-9A-F-]{36}$/);
        const missing = await providerErrorOf(made.call('Need', { It: '' }, signal));
        assert.deepEqual([missing.kind, missing.code], ['invalid', 'MissingIt']);
        const unknown = await providerErrorOf(made.call('Nothing', {}, signal));
        assert.deepEqual([unknown.kind, unknown.code], ['invalid', 'InvalidApi.NotFound']);
        made.close();
      });

      it('finds the request id where only an inner object has it', async () => {
        const made = client(signature);
        const { body, requestId } = await made.call('Bare', {}, signal);
        assert.equal(body['RequestId'], undefined);
        assert.deepEqual(body['data'], { RequestId: requestId });
        made.close();
      });

      it('knows nothing of another version', async () => {
        assert.equal((await send(signed(signature, { version: '1999-01-01' }))).status, 418);
      });
    });
  }

  it('answers XML unless JSON is asked for', async () => {
    const { headers, ...rest } = signed('ACS3-HMAC-SHA256', { action: 'Echo' });
    const plain = await send({ ...rest, headers: { ...headers, accept: '*/*' } });
    assert.equal(plain.type, 'text/xml;charset=utf-8');
    assert.match(
      plain.text,
      /<EchoResponse><RequestId>.*<List><N>1<\/N><\/List><List><N>2<\/N><\/List><\/EchoResponse>$/,
    );

    const legacy = await send(legacyCall({ Action: 'Deny' }));
    assert.equal(legacy.type, 'text/xml;charset=utf-8');
    assert.match(
      legacy.text,
      /<Error><RequestId>.*<Code>Deny.It<\/Code><Message>a &lt; b &amp; c<\/Message>/,
    );
  });

  it('takes a legacy call by GET and with a form body', async () => {
    const { query, headers } = legacyCall({ Action: 'Echo', Format: 'json', Awkward: AWKWARD }, 'GET');
    const got = await send({ method: 'GET', path: '/', query, headers, body: '' });
    assert.deepEqual(JSON.parse(got.text).Given, { Awkward: AWKWARD });

    const form = legacyCall({ Action: 'Echo', Format: 'json', Awkward: AWKWARD });
    const posted = await send({
      ...form,
      query: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form.query).toString(),
    });
    assert.deepEqual(JSON.parse(posted.text).Given, { Awkward: AWKWARD });
  });

  it('refuses a call that lacks a part of its signature', async () => {
    const { authorization: _, ...unsigned } = signed('ACS3-HMAC-SHA256').headers;
    const bare = await send({ ...signed('ACS3-HMAC-SHA256'), headers: unsigned });
    assert.deepEqual([bare.status, bare.code], [400, 'IncompleteSignature']);
    for (const name of ['AccessKeyId', 'Signature', 'SignatureNonce', 'Timestamp']) {
      const { query, ...rest } = legacyCall({ Action: 'Echo' });
      const without = new URLSearchParams(query);
      without.delete(name);
      const { code } = await send({ ...rest, query: without.toString() });
      assert.equal(code, `Missing${name}`);
    }
  });

  it('refuses what was changed on the way', async () => {
    const { query, ...rest } = signed('HMAC-SHA1');
    assert.equal((await send({ ...rest, query: `${query}&More=1` })).code, 'SignatureDoesNotMatch');
    const acs3 = signed('ACS3-HMAC-SHA256');
    assert.equal((await send({ ...acs3, query: 'More=1' })).code, 'SignatureDoesNotMatch');
    assert.equal(
      (await send({ ...acs3, headers: { ...acs3.headers, 'x-acs-more': '1' } })).code,
      'SignatureDoesNotMatch',
    );
    assert.equal((await send({ ...acs3, body: 'more' })).code, 'SignatureDoesNotMatch');
  });

  /** As a client would that is neither ours nor asks for JSON. */
  function legacyCall(parameters: Record<string, string>, method: 'GET' | 'POST' = 'POST'): SentRequest {
    const made = signRpcAs(method, { Version: VERSION, ...parameters });
    return { method, path: '/', query: made, headers: {}, body: '' };
  }

  function signRpcAs(method: string, own: Record<string, string>): string {
    const parameters = Object.entries({
      ...own,
      AccessKeyId: KEYS.accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: `n-${++nonce}`,
      Timestamp: new Date().toISOString().replace(/\.\d+/, ''),
    });
    const { signature } = rpcSignature(method, parameters, KEYS.accessKeySecret);
    return canonicalQuery([...parameters, ['Signature', signature]]);
  }
});
