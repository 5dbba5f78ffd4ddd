import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { claimKey, fingerprintOf } from '../../api/idempotency.js';
import { parseConfig } from '../../config/load-config.js';
import { configOf, postCancellation, seedTask, slugOf, startApi, type RunningApi } from '../api-server.js';
import { startReceiver, type CallbackReceiver } from '../callback-receiver.js';
import { startStack, type Stack } from '../harness.js';

const ELSEWHERE = 'https://elsewhere.example.com/hook?token=not-to-be-told';

describe('callbacks of what is started over HTTP', () => {
  let stack: Stack;
  let api: RunningApi;
  let receiver: CallbackReceiver;
  let folder: string;

  before(async () => {
    receiver = await startReceiver();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-api-callbacks-'));
    const secretFile = join(folder, 'secret');
    await writeFile(secretFile, receiver.secret);
    const { callbacks } = parseConfig(
      `connections: { sim: { provider: aws-fsx, region: eu-west-1 } }
callbacks:
  secret: { file: ${secretFile} }
  hosts: [{ host: "127.0.0.1:${receiver.port}", allowPrivate: true, allowInsecure: true }]
`,
      'quiesce.config.yaml',
    );
    stack = await startStack({ callbacks: callbacks! });
    await stack.startWorker();
    api = await startApi(stack, { config: { ...configOf(stack), callbacks: callbacks! } });
  });
  after(async () => {
    await api.close();
    await stack.close();
    receiver.close();
    await rm(folder, { recursive: true });
  });

  it('tell the verdict of a cancellation, also to a caller who came later', async () => {
    const task = await seedTask(stack);
    const [first, second] = [receiver.address('first'), receiver.address('second')];
    for (const callbackUrl of [first, second]) {
      const { status } = await api.send('POST', '/v1/cancellations', { body: { task, callbackUrl } });
      assert.equal(status, 202);
    }
    for (const address of [first, second]) {
      const [{ payload }] = await receiver.until(address);
      assert.equal(payload.type, 'cancellation.ended');
      assert.equal('verdict' in payload.data && payload.data.verdict, 'canceled');
    }
  });

  describe('of a request whose first try was cut off once its key was kept', () => {
    const abandon = { by: 'ada', reason: 'test' };
    let keys = 0;

    async function cutOff(name: string) {
      const task = await seedTask(stack, { onCancel: 'stuckCanceling' });
      const body = { task, callbackUrl: receiver.address(name) };
      const key = `cut-off-${++keys}`;
      const caller = { name: 'anonymous', scopes: [] };
      const fingerprint = fingerprintOf('POST', '/v1/cancellations', body);
      const claim = () => claimKey(stack.client, { caller, key, fingerprint });
      return { task, claim, url: body.callbackUrl, repeat: () => postCancellation(api.url, body, key) };
    }

    it('are told by the cancellation that another has begun since', async () => {
      const { task, claim, url, repeat } = await cutOff('begun-since');
      await claim();
      const other = await stack.quiesce.cancel(task, { requestedBy: 'another' });
      const { status, headers, body } = await repeat();
      assert.deepEqual([status, headers.get('idempotency-replayed')], [202, 'true'], JSON.stringify(body));
      assert.deepEqual([body.runId, body.attached, body.requestedBy], [other.runId, true, undefined]);
      await other.abandon(abandon);
      await receiver.until(url);
      // It has been told, so that nothing is begun.
      const late = await repeat();
      assert.deepEqual([late.status, late.body], [202, body]);
    });

    it('are told by a new one where the one under way has ended and told nobody', async () => {
      const { task, claim, url, repeat } = await cutOff('ended-since');
      const other = await stack.quiesce.cancel(task);
      await claim();
      await other.abandon(abandon);
      await other.verdict();
      const { status, body } = await repeat();
      assert.equal(status, 202, JSON.stringify(body));
      assert.notEqual(body.runId, other.runId);
      assert.deepEqual([body.attached, body.requestedBy], [false, 'anonymous']);
      const again = await repeat();
      assert.deepEqual([again.headers.get('idempotency-replayed'), again.body], ['true', body]);
      await stack.quiesce.cancellation(body.workflowId).abandon(abandon);
      const [{ payload }] = await receiver.until(url);
      assert.equal('runId' in payload.data && payload.data.runId, body.runId);
      assert.deepEqual((await repeat()).body, body);
    });
  });

  it('tell the end of a campaign, begun of JSON or of a list', async () => {
    const [ofJson, ofList] = [receiver.address('of-json'), receiver.address('of-list')];
    const body = { reason: 'a test', targets: [await seedTask(stack)], callbackUrl: ofJson };
    assert.equal((await api.send('POST', '/v1/campaigns', { body })).status, 202);
    const query = new URLSearchParams({ reason: 'a test', callbackUrl: ofList }).toString();
    const list = await fetch(`${api.url}/v1/campaigns?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: JSON.stringify(await seedTask(stack)),
    });
    assert.equal(list.status, 202, await list.text());
    for (const address of [ofJson, ofList]) {
      const [{ payload }] = await receiver.until(address);
      assert.equal(payload.type, 'campaign.ended');
    }
  });

  it('are refused where they may not go, and nothing is started', async () => {
    const task = await seedTask(stack);
    const refused = [
      await api.send('POST', '/v1/cancellations', { body: { task, callbackUrl: ELSEWHERE } }),
      await api.send('POST', '/v1/campaigns', {
        body: { reason: 'a test', targets: [task], callbackUrl: ELSEWHERE },
      }),
      await api.send(
        'POST',
        `/v1/campaigns?${new URLSearchParams({ reason: 'x', callbackUrl: ELSEWHERE }).toString()}`,
        {
          body: task,
          headers: { 'content-type': 'application/x-ndjson' },
        },
      ),
    ];
    for (const answer of refused) {
      assert.equal(answer.status, 400);
      assert.equal(slugOf(answer), 'callback-not-allowed');
      assert.ok(!JSON.stringify(answer.body).includes('not-to-be-told'));
    }
    const bad = { task, callbackUrl: 'https://user:secret@hooks.example.com/' };
    const answer = await api.send('POST', '/v1/cancellations', { body: bad });
    assert.equal(slugOf(answer), 'invalid-request');
    assert.ok(!JSON.stringify(answer.body).includes('secret'));
    const { items } = (await api.send<{ items: unknown[] }>('GET', `/v1/cancellations?task=${task}`)).body;
    assert.deepEqual(items, []);
  });
});
