import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Api } from '../../api/api.js';
import { authenticationOf } from '../../api/authenticate.js';
import type { Caller } from '../../api/caller.js';
import { createCodecServer } from '../../api/create-codec-server.js';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';
import { apiSchema } from '../../config/api-settings.js';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { createEncryptionCodec } from '../../encryption/encryption-codec.js';
import { dataConverterOf } from '../../encryption/data-converter.js';
import { parseEncryptionKeys } from '../../encryption/encryption-keys.js';
import { sendTo, slugOf } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

const UI = 'https://temporal.example.com';
const REASON = 'INC-4711: the wrong file system';
const KEYS = parseEncryptionKeys(
  `one:${randomBytes(32).toString('base64')} task-ids:${randomBytes(32).toString('base64')}`,
  'a test',
);
const OTHER_KEYS = parseEncryptionKeys(
  `one:${randomBytes(32).toString('base64')} task-ids:${randomBytes(32).toString('base64')}`,
  'a test',
);

interface JsonPayloads {
  readonly payloads: readonly {
    readonly metadata: Readonly<Record<string, string>>;
    readonly data: string;
  }[];
}

describe('the codec server', { timeout: 300_000 }, () => {
  let folder: string;
  let app: Api;
  let url: string;
  let reader: string;
  let starter: string;
  let ofOneConnection: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quiesce-codec-'));
    const keysFile = join(folder, 'keys.json');
    const settings = apiSchema.parse({ keysFile, rateLimit: null });
    const newCaller = async (name: string, scopes: Caller['scopes'], connections?: string[]) => {
      const { key, sha256 } = newApiKey();
      const createdAt = new Date().toISOString();
      const entry = { name, sha256, scopes: [...scopes], createdAt, ...(connections && { connections }) };
      await changeKeysFile(keysFile, (keys) => [...keys, entry]);
      return key;
    };
    reader = await newCaller('reader', ['read']);
    starter = await newCaller('starter', ['read', 'cancel']);
    ofOneConnection = await newCaller('narrow', ['read', 'cancel', 'campaign'], ['sim']);
    app = await createCodecServer({
      draining: new AbortController().signal,
      codec: createEncryptionCodec(KEYS),
      namespace: 'default',
      uiOrigin: UI,
      authenticate: authenticationOf(settings, false),
      settings,
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await app?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const headersOf = (key: string, more = {}) => ({ authorization: `Bearer ${key}`, ...more });
  const send = (path: string, body: unknown, headers: Record<string, string>) =>
    sendTo<JsonPayloads>(url, 'POST', path, { body, headers });

  async function encoded(value: unknown, keys = KEYS): Promise<JsonPayloads> {
    const payloads = await createEncryptionCodec(keys).encode([defaultPayloadConverter.toPayload(value)]);
    return {
      payloads: payloads.map(({ metadata, data }) => ({
        metadata: Object.fromEntries(
          Object.entries(metadata ?? {}).map(([name, bytes]) => [
            name,
            Buffer.from(bytes).toString('base64'),
          ]),
        ),
        data: Buffer.from(data ?? []).toString('base64'),
      })),
    };
  }

  const text = (base64 = '') => Buffer.from(base64, 'base64').toString();

  it('decrypts and encrypts, as the Temporal UI asks for it', async () => {
    const namespace = { 'x-namespace': 'default', origin: UI };
    const answer = await send('/decode', await encoded({ reason: REASON }), headersOf(reader, namespace));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), UI);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const [payload] = answer.body.payloads;
    assert.equal(text(payload?.metadata['encoding']), 'json/plain');
    assert.deepEqual(JSON.parse(text(payload?.data)), { reason: REASON });

    const hidden = await send('/encode', answer.body, headersOf(starter, namespace));
    assert.equal(text(hidden.body.payloads[0]?.metadata['encoding']), 'binary/encrypted');
    const back = await send('/decode', hidden.body, headersOf(reader, namespace));
    assert.deepEqual(back.body, answer.body);
  });

  it('answers no one without a credential, without its scope, of some connections alone, or of another namespace', async () => {
    const body = await encoded('x');
    const refused = async (path: string, headers: Record<string, string>) => {
      const answer = await send(path, body, headers);
      return [answer.status, slugOf(answer)];
    };
    assert.deepEqual(await refused('/decode', {}), [401, 'unauthenticated']);
    assert.deepEqual(await refused('/decode', headersOf('quiesce_wrong')), [401, 'unauthenticated']);
    assert.deepEqual(await refused('/encode', headersOf(reader)), [403, 'forbidden']);
    assert.deepEqual(await refused('/decode', headersOf(ofOneConnection)), [403, 'forbidden']);
    assert.deepEqual(await refused('/decode', headersOf(reader, { 'x-namespace': 'other' })), [
      403,
      'forbidden',
    ]);
    assert.deepEqual(await refused('/elsewhere', headersOf(reader)), [404, 'not-found']);
  });

  it("lets the UI's pages in, preflights without a credential, and no other page", async () => {
    const preflight = (origin: string) =>
      fetch(`${url}/decode`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,authorization-extras,content-type,x-namespace',
        },
      });
    const allowed = await preflight(UI);
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get('access-control-allow-origin'), UI);
    for (const header of ['authorization', 'authorization-extras', 'content-type', 'x-namespace'])
      assert.ok(allowed.headers.get('access-control-allow-headers')?.includes(header));
    for (const origin of [
      'https://evil.example.com',
      `${UI}.evil.com`,
      'null',
      'http://temporal.example.com',
    ]) {
      const other = await preflight(origin);
      assert.notEqual(other.status, 204);
      assert.equal(other.headers.get('access-control-allow-origin'), null);
    }
    // A refusal, too, is for the page to read: else it shows nothing.
    const refused = await send('/decode', await encoded('x'), { origin: UI });
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [401, UI]);
  });

  it('says what it cannot decrypt, and takes nothing that is no payload', async () => {
    const other = await send('/decode', await encoded('x', OTHER_KEYS), headersOf(reader));
    assert.equal(other.status, 400);
    assert.match(JSON.stringify(other.body), /another key than the one that is called \\"one\\"/);
    for (const body of [{}, { payloads: [{ data: '!' }] }, { payloads: [{ metadata: { encoding: 1 } }] }, []])
      assert.equal((await send('/decode', body, headersOf(reader))).status, 400);
  });

  describe('on a real Temporal server', () => {
    let stack: Stack;

    before(async () => {
      stack = await startStack({ dataConverter: dataConverterOf(KEYS) });
    });
    after(() => stack.close());

    it("has Temporal's own command show what it else could not", async () => {
      await stack.startWorker();
      const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
      const handle = await stack.quiesce.cancel(`aws-fsx://sim/${task!.id}`, { reason: REASON });
      await handle.verdict();
      const { path } = await provideTemporal({});
      const show = async (...more: string[]) => {
        const args = [
          'workflow',
          'show',
          '--workflow-id',
          handle.id,
          '--address',
          stack.address,
          '--output',
          'json',
        ];
        const { stdout } = await promisify(execFile)(path, [...args, ...more], {
          maxBuffer: 64 * 1024 * 1024,
        });
        return stdout;
      };
      const sealed = await show();
      assert.ok(sealed.includes('YmluYXJ5L2VuY3J5cHRlZA'), 'nothing is encrypted');
      assert.ok(!sealed.includes(REASON));
      const opened = await show('--codec-endpoint', url, '--codec-auth', `Bearer ${reader}`);
      const told = [...opened.matchAll(/"data": ?"([^"]*)"/g)].map(([, data]) => text(data)).join('\n');
      assert.ok(told.includes(REASON));
      assert.ok(told.includes('"verdict":"canceled"'));
    });
  });
});
