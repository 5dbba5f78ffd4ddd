import { Client } from '@temporalio/client';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection } from '@temporalio/worker';
import type { CredentialRequest } from '../../contract/credential-turn.js';
import {
  CREDENTIAL_UPDATE,
  LEASE_UPDATE,
  quotaWorkflowId,
  SHARE_QUOTA_WORKFLOW,
  TASK_QUEUE,
} from '../../contract/names.js';
import { provideTestServer } from '../../devserver/provide-test-server.js';
import { createConnectionKeeper } from '../../worker/connection-keeper.js';
import { createQuiesceWorker } from '../../worker/create-worker.js';
import { openConnections } from '../../worker/open-connections.js';
import { startStack, type Stack } from '../harness.js';

const CALL = 'CancelDataFlowTask';
const quota = { calls: 120, perMs: 60_000 };
const request = (holder: string, more = {}) => ({
  holder,
  operations: { [CALL]: { quota, demand: 100, ...more } },
});

const refusedBy = (holder: string, firstMs = 30_000): CredentialRequest => ({
  holder,
  is: 'refused',
  refusal: { code: 'BadSignature', message: 'no' },
  cooldowns: { firstMs, longestMs: 300_000 },
});

describe('shareQuota', () => {
  let stack: Stack;
  let temporal: NativeConnection;

  before(async () => {
    // A low threshold, so that Continue-As-New is reached without thousands of events.
    stack = await startStack({
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
    });
    await stack.startWorker();
    temporal = await NativeConnection.connect({ address: stack.address });
  });
  after(async () => {
    await temporal.close();
    await stack.close();
  });

  it('continues as new, and forgets neither shares nor that the vendor throttled', async () => {
    const keeper = createConnectionKeeper(new Client({ connection: temporal }));
    const handle = stack.client.workflow.getHandle(quotaWorkflowId('long'));
    await keeper.lease('long', request('w0', { throttled: { retryAfterMs: 0 } }));
    const { runId } = await handle.describe();
    let slowedTo = 1;
    for (let n = 1; n < 40; n++) {
      slowedTo = (await keeper.lease('long', request(`w${n % 3}`))).shares[CALL]!.slowedTo;
    }
    assert.notEqual((await handle.describe()).runId, runId, 'it never continued as new');
    assert.ok(slowedTo >= 0.7 && slowedTo < 0.8, `${slowedTo}`);
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    for (const holder of ['w0', 'w1', 'w2'])
      assert.ok(currentDetails.includes(`\`${holder}\``), currentDetails);
    assert.match(currentDetails, /7\d % of it since the vendor throttled/);
    await keeper.giveBack('long', 'w1');
    while (
      (
        await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')
      ).currentDetails.includes('`w1`')
    )
      await sleep(50);
    await handle.terminate();
  });

  it('continues as new, and forgets not that the vendor refuses the credential', async () => {
    const keeper = createConnectionKeeper(new Client({ connection: temporal }));
    const handle = stack.client.workflow.getHandle(quotaWorkflowId('bad'));
    const { refused } = await keeper.credential('bad', refusedBy('w1'), 'r-1');
    const { runId } = await handle.describe();
    for (let n = 0; n < 40; n++) await keeper.credential('bad', { holder: 'w2', is: 'asking' }, `a-${n}`);
    assert.notEqual((await handle.describe()).runId, runId, 'it never continued as new');
    const { may, refused: still } = await keeper.credential('bad', { holder: 'w3', is: 'asking' }, 'b-1');
    assert.deepEqual([may, still?.refusal, still?.version], ['nothing', refused?.refusal, refused?.version]);
    assert.deepEqual((await keeper.lease('bad', request('w4'))).refused?.refusal, refused?.refusal);
    await handle.terminate();
  });

  it('hears a report once that is sent twice', async () => {
    const keeper = createConnectionKeeper(new Client({ connection: temporal }));
    const answers = [
      await keeper.credential('twice', refusedBy('w1'), 'r-1'),
      await keeper.credential('twice', refusedBy('w1'), 'r-1'),
      await keeper.credential('twice', refusedBy('w1'), 'r-2'),
    ];
    assert.deepEqual(
      answers.map(({ news }) => news),
      ['refused', 'refused', undefined],
    );
    await stack.client.workflow.getHandle(quotaWorkflowId('twice')).terminate();
  });

  it('divides between all that ask at once, over none', async () => {
    const keeper = createConnectionKeeper(new Client({ connection: temporal }));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => keeper.lease('many', request(`w${n}`))),
    );
    const rate = answers.reduce((sum, answer) => sum + answer.shares[CALL]!.callsPerSecond, 0);
    const burst = answers.reduce((sum, answer) => sum + answer.shares[CALL]!.burst, 0);
    // Calls are whole: less than one more than the quota is the quota.
    assert.ok(rate > 0 && rate * 60 + burst < quota.calls + 1, `${rate} a second and ${burst}`);
    await stack.client.workflow.getHandle(quotaWorkflowId('many')).terminate();
  });

  it('refuses a request that makes no sense, and lives on', async () => {
    const handle = await stack.client.workflow.start(SHARE_QUOTA_WORKFLOW, {
      workflowId: quotaWorkflowId('odd'),
      taskQueue: TASK_QUEUE,
      args: [{ connection: 'odd' }],
    });
    const none = { holder: 'w', operations: { [CALL]: { quota: { calls: 0, perMs: 1 }, demand: 1 } } };
    for (const arg of [null, {}, { holder: 'w' }, { holder: 'w', operations: { [CALL]: null } }, none]) {
      await assert.rejects(handle.executeUpdate(LEASE_UPDATE, { args: [arg] }), /Update failed/);
    }
    for (const arg of [
      null,
      {},
      { holder: 'w' },
      { holder: 'w', is: 'odd' },
      { holder: 'w', is: 'refused' },
    ]) {
      await assert.rejects(handle.executeUpdate(CREDENTIAL_UPDATE, { args: [arg] }), /Update failed/);
    }
    assert.equal((await handle.describe()).status.name, 'RUNNING');
    await handle.terminate();
  });
});

describe('shareQuota, in time that is skipped', () => {
  async function inSkippedTime(act: (env: TestWorkflowEnvironment) => Promise<void>): Promise<void> {
    const { path } = await provideTestServer({});
    const env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
    const connections = openConnections({
      temporal: env.nativeConnection,
      namespace: 'default',
      connections: new Map(),
    });
    const worker = await createQuiesceWorker({
      temporal: env.nativeConnection,
      namespace: 'default',
      connections,
    });
    await worker.runUntil(() => act(env));
    await connections.close();
    await env.teardown();
  }

  it('ends when nobody has asked for two minutes, and starts anew with the next request', () =>
    inSkippedTime(async (env) => {
      const keeper = createConnectionKeeper(new Client({ connection: env.nativeConnection }));
      const handle = env.client.workflow.getHandle(quotaWorkflowId('idle'));
      await keeper.lease('idle', request('w1'));
      await env.sleep('90 seconds');
      await keeper.lease('idle', request('w1'));
      await env.sleep('90 seconds');
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await env.sleep('60 seconds');
      await handle.result();
      const { runId, historyLength } = await handle.describe();
      assert.ok(historyLength < 30, `${historyLength} events`);
      await keeper.lease('idle', request('w1'));
      assert.notEqual((await handle.describe()).runId, runId);
      await handle.terminate();
    }));

  it('does not end while the credential is refused and may be tried again, and begins anew after that', () =>
    inSkippedTime(async (env) => {
      const keeper = createConnectionKeeper(new Client({ connection: env.nativeConnection }));
      const handle = env.client.workflow.getHandle(quotaWorkflowId('refused'));
      await keeper.credential('refused', refusedBy('w1', 300_000), 'r-1');
      await env.sleep('6 minutes');
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await env.sleep('2 minutes');
      assert.equal((await handle.describe()).status.name, 'COMPLETED');
      const { may, refused } = await keeper.credential('refused', { holder: 'w2', is: 'asking' }, 'a-1');
      assert.deepEqual([may, refused], ['try', undefined]);
      await handle.terminate();
    }));

  it('does not end while the vendor wants no call, or its pace is still slower', () =>
    inSkippedTime(async (env) => {
      const keeper = createConnectionKeeper(new Client({ connection: env.nativeConnection }));
      const startWith = async (connection: string, retryAfterMs: number) => {
        await keeper.lease(connection, request('w1', { throttled: { retryAfterMs } }));
        return env.client.workflow.getHandle(quotaWorkflowId(connection));
      };
      const held = await startWith('held', 600_000);
      const slowed = await startWith('slowed', 0);
      const states = () =>
        Promise.all([held, slowed].map(async (each) => (await each.describe()).status.name));
      await env.sleep('5 minutes');
      assert.deepEqual(await states(), ['RUNNING', 'RUNNING']);
      await env.sleep('3 minutes');
      assert.deepEqual(await states(), ['RUNNING', 'COMPLETED']);
      await env.sleep('3 minutes');
      assert.deepEqual(await states(), ['COMPLETED', 'COMPLETED']);
    }));
});
