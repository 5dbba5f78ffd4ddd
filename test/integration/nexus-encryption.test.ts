import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { loadDataConverter } from '../../client/index.js';
import { taskUri } from '../../contract/task.js';
import type { CancelResult } from '../../contract/cancellation.js';
import { startNexusStack, type NexusStack } from './nexus-play.js';

const REASON = 'INC-4711: the wrong file system';

describe('the Nexus service with encrypted payloads', { timeout: 300_000 }, () => {
  let stack: NexusStack;

  before(async () => {
    const encryptionKeys = `one:${randomBytes(32).toString('base64')} task-ids:${randomBytes(32).toString('base64')}`;
    stack = await startNexusStack({ dataConverter: await loadDataConverter({ encryptionKeys }) });
  });
  after(() => stack.close());

  it('answers a caller with the same keys, and leaves nothing readable in either namespace', async () => {
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const task = { provider: 'aws-fsx', connection: 'sim', ids: { taskId: seeded!.id } };
    const call = await stack.call('orders', 'callCancelTask', { task, reason: REASON });
    const { verdict, reason } = (await call.result()) as CancelResult;
    assert.deepEqual([verdict, reason], ['canceled', REASON]);
    const quiesces = stack.client.workflow.getHandle(stack.quiesce.cancellation(taskUri(task)).id);
    for (const handle of [call, quiesces]) {
      const text = historyToJSON(await handle.fetchHistory());
      const payloads = [...text.matchAll(/"data": ?"([^"]*)"/g)].map(([, data = '']) =>
        Buffer.from(data, 'base64'),
      );
      assert.ok(payloads.length > 1, 'nothing was looked at');
      for (const secret of [REASON, seeded!.id])
        assert.ok(!text.includes(secret) && !payloads.some((each) => each.includes(secret)), secret);
    }
  });
});
