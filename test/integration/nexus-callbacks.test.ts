import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { HandlerError } from 'nexus-rpc';
import { parseConfig } from '../../config/load-config.js';
import type { CancelResult } from '../../contract/cancellation.js';
import { cancelWorkflowId } from '../../contract/task.js';
import { toTaskRef } from '../../client/to-task-ref.js';
import { startReceiver, type CallbackReceiver } from '../callback-receiver.js';
import { operationFailure, startNexusStack, type NexusStack } from './nexus-play.js';

const CANCEL = 'CancelDataRepositoryTask';
const LONG = { delays: { cancelingMs: 3_600_000 } };

describe('a callbackUrl of the Nexus operation cancelTask', { timeout: 300_000 }, () => {
  let stack: NexusStack;
  let receiver: CallbackReceiver;
  let folder: string;

  before(async () => {
    receiver = await startReceiver();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-nexus-callbacks-'));
    await writeFile(join(folder, 'secret'), receiver.secret);
    const { callbacks } = parseConfig(
      `connections: { sim: { provider: aws-fsx, region: eu-west-1 } }
callbacks:
  secret: { file: ${join(folder, 'secret')} }
  hosts: [{ host: "127.0.0.1:${receiver.port}", allowPrivate: true, allowInsecure: true }]
`,
      'quiesce.config.yaml',
    );
    stack = await startNexusStack({ callbacks: callbacks! });
  });
  after(async () => {
    await stack.close();
    receiver.close();
    await rm(folder, { recursive: true });
  });

  async function seed() {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...LONG });
    const uri = `aws-fsx://sim/${task!.id}`;
    return { id: task!.id, uri, workflowId: cancelWorkflowId(toTaskRef(uri)) };
  }

  /** Its handler is through then. */
  async function untilBegun(call: WorkflowHandle): Promise<void> {
    for (;;) {
      const { events } = await call.fetchHistory();
      if (events?.some((event) => event.nexusOperationStartedEventAttributes)) return;
      await sleep(20);
    }
  }

  it('is told the end, also of a cancellation that was under way', async () => {
    const { id, uri, workflowId } = await seed();
    const call = (namespace: 'orders' | 'billing', callbackUrl: string) =>
      stack.call(namespace, 'callCancelTask', { task: uri, callbackUrl });
    const addresses = [receiver.address('first'), receiver.address('second')] as const;
    const first = await call('orders', addresses[0]);
    await stack.untilCallers(workflowId, 1);
    const second = await call('billing', addresses[1]);
    await untilBegun(second);
    while ((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length === 0) await sleep(20);
    await stack.simulator.advanceClock(3_600_000);
    const [one, other] = (await Promise.all([first.result(), second.result()])) as CancelResult[];
    assert.deepEqual([one?.verdict, other?.verdict], ['canceled', 'canceled']);
    for (const address of addresses) await receiver.until(address);
  });

  it('is refused where a cancellation that is under way takes no more of them', async () => {
    const { uri } = await seed();
    const handle = await stack.quiesce.cancel(uri, { callbackUrl: receiver.address('0') });
    for (let number = 1; number < 10; number++) await handle.addCallback(receiver.address(`${number}`));
    const call = await stack.call('orders', 'callCancelTask', {
      task: uri,
      callbackUrl: receiver.address('one-more'),
    });
    const failure = await operationFailure(call);
    assert.ok(failure instanceof HandlerError, String(failure));
    assert.deepEqual([failure.type, failure.retryable], ['BAD_REQUEST', false]);
    assert.match(failure.message, /10|ten/);
    await stack.simulator.advanceClock(3_600_000);
    await handle.verdict();
  });
});
