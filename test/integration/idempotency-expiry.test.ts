import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SCOPES } from '../../api/caller.js';
import { claimKey } from '../../api/idempotency.js';
import { provideTestServer } from '../../devserver/provide-test-server.js';
import { createQuiesceWorker } from '../../worker/create-worker.js';
import { openConnections } from '../../worker/open-connections.js';

const HOUR_MS = 3_600_000;

/** On Temporal's time-skipping server. */
describe('an Idempotency-Key', () => {
  let temporal: TestWorkflowEnvironment;

  before(async () => {
    const { path } = await provideTestServer({});
    temporal = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
  });
  after(() => temporal?.teardown());

  it('counts for 24 hours, and may then be used for something else', async () => {
    const connections = openConnections({
      temporal: temporal.nativeConnection,
      namespace: 'default',
      connections: new Map(),
    });
    const worker = await createQuiesceWorker({
      temporal: temporal.nativeConnection,
      namespace: 'default',
      connections,
    });
    const caller = { name: 'key:ci', scopes: SCOPES };
    const claim = (fingerprint: string) => claimKey(temporal.client, { caller, key: 'one', fingerprint });
    await worker.runUntil(async () => {
      const first = await claim('this');
      assert.equal(first.repeats, undefined);
      await temporal.sleep(23 * HOUR_MS);
      const again = await claim('this');
      assert.equal(again.requestId, first.requestId);
      assert.ok(again.repeats !== undefined);
      await assert.rejects(claim('that'), { name: 'ProblemError', slug: 'idempotency-key-reused' });
      await temporal.sleep(2 * HOUR_MS);
      assert.equal((await claim('that')).repeats, undefined);
      await assert.rejects(claim('this'), { slug: 'idempotency-key-reused' });
    });
    await connections.close();
  });
});
