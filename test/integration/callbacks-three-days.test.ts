import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { parseHost } from '../../contract/allowed-host.js';
import { webhookId, type CallbackInput } from '../../contract/callback.js';
import { callbackWorkflowId, DELIVER_CALLBACK_WORKFLOW, TASK_QUEUE } from '../../contract/names.js';
import { provideTestServer } from '../../devserver/provide-test-server.js';
import { createQuiesceWorker } from '../../worker/create-worker.js';
import { openConnections } from '../../worker/open-connections.js';
import { answers, startReceiver, type CallbackReceiver } from '../callback-receiver.js';

const DAY_MS = 24 * 3_600_000;

/** On Temporal's time-skipping server. */
describe('a callback that nobody takes', () => {
  let temporal: TestWorkflowEnvironment;
  let receiver: CallbackReceiver;

  before(async () => {
    // A try that fails is a warning.
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const { path } = await provideTestServer({});
    temporal = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
    receiver = await startReceiver();
    process.env['QUIESCE_TEST_CALLBACK_SECRET'] = receiver.secret;
  });
  after(async () => {
    receiver.close();
    await temporal.teardown();
  });

  it('is tried ever more rarely for three days, and then fails with what was said last', async () => {
    const { nativeConnection, client } = temporal;
    const connections = openConnections({
      temporal: nativeConnection,
      namespace: 'default',
      connections: new Map(),
    });
    const host = { ...parseHost(`127.0.0.1:${receiver.port}`)!, allowPrivate: true, allowInsecure: true };
    const secret = { env: 'QUIESCE_TEST_CALLBACK_SECRET' };
    const worker = await createQuiesceWorker({
      temporal: nativeConnection,
      namespace: 'default',
      connections,
      callbacks: { hosts: [{ ...host, secret, secretSetting: 'callbacks.secret' }] },
    });
    const callbackUrl = receiver.address('never', answers(500, 500, 404));
    const payload = { type: 'campaign.ended', timestamp: '', data: { id: 'x' } } as unknown;
    const input: CallbackInput = { callbackUrl, payload: payload as CallbackInput['payload'] };
    const id = webhookId('run', callbackUrl);

    const tookMs = await worker.runUntil(async () => {
      const delivery = await client.workflow.start(DELIVER_CALLBACK_WORKFLOW, {
        workflowId: callbackWorkflowId(id),
        taskQueue: TASK_QUEUE,
        args: [input],
      });
      await assert.rejects(delivery.result(), (thrown: unknown) => {
        assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
        assert.equal(thrown.cause.type, 'Callback.rejected');
        assert.match(thrown.cause.message, /^Not delivered: 127\.0\.0\.1:\d+ answered 404\./);
        return true;
      });
      const { startTime, closeTime } = await delivery.describe();
      return Number(closeTime) - Number(startTime);
    });
    await connections.close();

    assert.ok(tookMs > 2.5 * DAY_MS && tookMs < 3.1 * DAY_MS, `${tookMs / DAY_MS} days`);
    const seen = receiver.at(callbackUrl);
    assert.ok(seen.length >= 20 && seen.length <= 30, `${seen.length} tries`);
    assert.deepEqual([...new Set(seen.map(({ webhookId: each }) => each))], [id]);
  });
});
