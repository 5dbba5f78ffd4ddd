import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { slugOf, startApi, type RunningApi } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

const base64url = (text: string) => Buffer.from(text).toString('base64url');

describe('cancellations over HTTP', () => {
  let stack: Stack;
  let api: RunningApi;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
    api = await startApi(stack);
  });
  after(async () => {
    await api?.close();
    await stack.close();
  });

  it('is alive and ready', async () => {
    assert.deepEqual((await api.send('GET', '/healthz')).body, { alive: true });
    const ready = await api.send('GET', '/readyz');
    assert.deepEqual([ready.status, ready.body], [200, { ready: true }]);
  });

  it('shows one cancellation by its id', async () => {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${task!.id}`);
    await handle.verdict();
    const { status, body } = await api.send('GET', `/v1/cancellations/${base64url(handle.id)}`);
    assert.equal(status, 200);
    assert.equal(body['workflowId'], handle.id);
    assert.equal((body['result'] as { verdict: string }).verdict, 'canceled');
  });

  it('answers a problem for what is not there', async () => {
    const missing = await api.send('GET', `/v1/cancellations/${base64url('cancel/aws-fsx/sim/task-1')}`, {
      headers: { 'x-request-id': 'test-1' },
    });
    assert.equal(missing.status, 404);
    assert.equal(slugOf(missing), 'cancellation-not-found');
    assert.equal(missing.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    assert.equal(missing.headers.get('x-request-id'), 'test-1');
    assert.equal(missing.body['requestId'], 'test-1');
    assert.equal(slugOf(await api.send('GET', '/v1/nothing')), 'not-found');
  });
});
