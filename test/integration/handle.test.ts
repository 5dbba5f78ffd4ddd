import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import {
  CancellationEndedError,
  CancellationNotFoundError,
  NoWorkerError,
  RequestRefusedError,
  type CancellationStatus,
} from '../../client/index.js';
import { startStack, type RunningWorker, type Stack } from '../harness.js';

const HOUR_MS = 3_600_000;

/** What holds a cancellation from outside: through a second one, a reset, and a time without Workers. */
describe('a handle', () => {
  let stack: Stack;
  let worker: RunningWorker;

  before(async () => {
    stack = await startStack();
    worker = await stack.startWorker();
  });
  after(() => stack.close());

  async function begin(seeded = {}, deadlineAfterMs = HOUR_MS) {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...seeded });
    const uri = `aws-fsx://sim/${task!.id}`;
    return { id: task!.id, uri, handle: await stack.quiesce.cancel(uri, { deadlineAfterMs }) };
  }

  async function untilProving(id: string): Promise<void> {
    while ((await stack.simulator.calls({ taskId: id })).length < 4) await sleep(20);
  }

  it('keeps to its cancellation when the task is cancelled again', async () => {
    const { uri, id, handle: first } = await begin({ onCancel: 'stuckCanceling' });
    await untilProving(id);
    await first.abandon({ by: 'ada', reason: 'first' });
    await first.verdict();
    const second = await stack.quiesce.cancel(uri, { deadlineAfterMs: HOUR_MS });
    while ((await second.status()).phase !== 'proving') await sleep(20);

    const status = await first.status();
    assert.deepEqual([status.phase, status.result?.evidence.givenUp?.reason], ['ended', 'first']);
    await assert.rejects(first.pollNow(), CancellationEndedError);
    await assert.rejects(first.progress(), CancellationEndedError);
    await second.abandon({ by: 'ada', reason: 'second' });
    assert.equal((await second.verdict()).evidence.givenUp?.reason, 'second');
  });

  it('goes on with its cancellation through a reset, and does not hammer the server for it', async () => {
    const { id, handle } = await begin({ delays: { cancelingMs: 8_000 } });
    await untilProving(id);
    const seen: CancellationStatus[] = [];
    const watching = (async () => {
      for await (const status of handle.watch({ everyMs: 200 })) seen.push(status);
    })();
    // To the first Workflow Task: the new run knows nothing of what the first has asked.
    const { events } = await stack.client.workflow.getHandle(handle.id).fetchHistory();
    const firstDone = events!.find(({ workflowTaskCompletedEventAttributes: done }) => done != null)!;
    await stack.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.id, runId: handle.runId! },
      reason: 'test',
      requestId: id,
      workflowTaskFinishEventId: firstDone.eventId!,
    });
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'canceled');
    await watching;
    assert.equal(seen.at(-1)?.result?.verdict, 'canceled');
    const cancels = await stack.simulator.calls({ taskId: id, operation: 'CancelDataRepositoryTask' });
    assert.equal(cancels.length, 1);
    // The run that was reset does not know that it asked.
    assert.equal(evidence.asks, 0);
  });

  it('is told why a request does not fit', async () => {
    const { id, handle } = await begin({ onCancel: 'stuckCanceling' });
    await untilProving(id);
    await assert.rejects(
      handle.extendDeadline(400 * 24 * HOUR_MS),
      (thrown: unknown) => thrown instanceof RequestRefusedError && /byMs .* a year/.test(thrown.message),
    );
    await handle.abandon({ by: 'ada', reason: 'enough' });
    await handle.verdict();
    await assert.rejects(handle.abandon({ by: 'eve', reason: 'mine' }), CancellationEndedError);
    await assert.rejects(
      stack.quiesce.cancellation('cancel/none').abandon({ by: 'a', reason: 'b' }),
      CancellationNotFoundError,
    );
  });

  it('says so when no Worker is there to answer', async () => {
    const { id, handle } = await begin({ onCancel: 'stuckCanceling' });
    await untilProving(id);
    await worker.stop();
    await Promise.all([
      assert.rejects(handle.abandon({ by: 'ada', reason: 'enough' }), NoWorkerError),
      assert.rejects(handle.progress(), NoWorkerError),
    ]);
    assert.equal((await handle.status()).phase, 'proving');
    worker = await stack.startWorker();
  });
});
