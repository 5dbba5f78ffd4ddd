import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Client, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { loadDataConverter, Quiesce } from '../../client/index.js';
import { toTaskRef } from '../../client/to-task-ref.js';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../../contract/names.js';
import { cancelWorkflowId, taskUri, type TaskRef } from '../../contract/task.js';
import { postCancellation, startApi, type RunningApi } from '../api-server.js';
import { simulatedConnection, simulatedConnections, startStack, type Stack } from '../harness.js';

const ROOT = join(import.meta.dirname, '../../..');
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [KEY, TASK_IDS] = [newKey('one'), newKey('task-ids')];
const KEYS = `${KEY}\n${TASK_IDS}`;
const DAY_MS = 86_400_000;
const STUCK = { delays: { runningMs: DAY_MS, cancelingMs: DAY_MS } };
const MASKED = /^cancel\/aws-fsx\/sim\/~[\w-]{32}$/;

describe('names of tasks, with encryption on', { timeout: 300_000 }, () => {
  let stack: Stack;
  let api: RunningApi;

  before(async () => {
    stack = await startStack({
      dataConverter: await loadDataConverter({ encryptionKeys: KEYS }),
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'],
      connect: (cloud, everyMs) => [
        simulatedConnection(cloud, everyMs),
        ...simulatedConnections(cloud, everyMs).filter(({ provider }) => provider.fields.length > 1),
      ],
    });
    await stack.startWorker();
    api = await startApi(stack);
  });
  after(async () => {
    await api?.close();
    await stack?.close();
  });

  async function seed(request: object = STUCK): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    return `aws-fsx://sim/${task!.id}`;
  }

  /** A task of a provider whose tasks have several ids, and subtasks. */
  async function seedOfMore(request: object = {}): Promise<TaskRef> {
    const { provider, name } = stack.connections.find((each) => each.provider.hasSubtasks === true)!;
    const [seeded] = await stack.simulator.seed({ provider: provider.id, state: 'running', ...request });
    return toTaskRef({ provider: provider.id, connection: name, ids: seeded!.ids });
  }

  async function cli(...args: string[]): Promise<string> {
    const env = { ...process.env, TEMPORAL_ADDRESS: stack.address, QUIESCE_ENCRYPTION_KEYS: KEYS };
    const command = [join(ROOT, 'bin/quiesce.js'), ...args];
    return (await promisify(execFile)(process.execPath, command, { env, cwd: ROOT })).stdout;
  }

  async function isProving(uri: string): Promise<void> {
    while ((await stack.quiesce.cancellation(uri).status()).phase !== 'proving') await sleep(50);
  }

  async function end(uri: string): Promise<void> {
    const handle = stack.quiesce.cancellation(uri);
    await handle.abandon({ by: 'ann', reason: 'enough' });
    await handle.verdict();
  }

  it('are the same by every way to trigger: one task is one cancellation', async () => {
    const uri = await seed();
    const first = await stack.quiesce.cancel(uri);
    assert.match(first.id, MASKED);
    assert.ok(!first.id.includes(uri.slice('aws-fsx://sim/'.length)));
    const { provider, connection, ids } = toTaskRef(uri);
    const second = await stack.quiesce.cancel({ provider, connection, ids });
    const third = await postCancellation(api.url, { task: uri });
    const fourth = JSON.parse(await cli('cancel', '--task', uri, '--output', 'json'));
    for (const { id, runId, attached } of [second, { ...third.body, id: third.body.workflowId }, fourth])
      assert.deepEqual({ id, runId, attached }, { id: first.id, runId: first.runId, attached: true });
    const dry = await stack.quiesce.cancel(uri, { dryRun: true });
    assert.equal(dry.id, first.id.replace('cancel/', 'dry-run/'));
    await end(uri);
  });

  it('stay when the keys that encrypt are rotated, and are others with another key "task-ids"', async () => {
    const uri = await seed();
    const idWith = async (...entries: string[]) => {
      const dataConverter = await loadDataConverter({ encryptionKeys: entries.join('\n') });
      return new Quiesce(new Client({ connection: stack.client.connection, dataConverter })).cancellation(uri)
        .id;
    };
    const { id } = stack.quiesce.cancellation(uri);
    assert.equal(await idWith(newKey('two'), TASK_IDS, KEY), id);
    assert.notEqual(await idWith(KEY, newKey('task-ids')), id);
    const elsewhere = uri.replace('//sim/', '//other/');
    const mask = (of: string) => stack.quiesce.cancellation(of).id.split('~')[1];
    assert.notEqual(
      mask(elsewhere),
      mask(uri),
      'the same ids in two accounts are not to be seen as the same',
    );
  });

  it('are read back as URIs by whoever has the keys: lists, status, the HTTP service, the audit, campaigns', async () => {
    const uri = await seed();
    const { id } = await stack.quiesce.cancel(uri, { requestedBy: 'names' });
    await isProving(uri);
    const found: unknown[] = [];
    while (found.length === 0) {
      await sleep(50);
      for await (const { task } of stack.quiesce.list({ task: uri })) found.push(task);
    }
    assert.deepEqual(found, [uri]);
    const path = `/v1/cancellations?task=${encodeURIComponent(uri)}`;
    const { body } = await api.send<{ items: { task: string }[] }>('GET', path);
    assert.deepEqual(
      body.items.map(({ task }) => task),
      [uri],
    );
    assert.ok((await cli('list', '--requested-by', 'names')).includes(uri));
    assert.equal((await stack.quiesce.cancellation(id).status()).task, uri);
    const status = JSON.parse(await cli('status', uri, '--output', 'json'));
    assert.deepEqual([status.task, status.id], [uri, id]);
    for await (const each of stack.quiesce.cancellation(uri).watch()) {
      assert.equal(each.task, uri);
      break;
    }
    await end(uri);
    const entries = await allOf(stack.quiesce.audit({ caller: 'names' }));
    assert.deepEqual(new Set(entries.map(({ task }) => task)), new Set([uri]));

    const target = await seed({});
    const campaign = await stack.quiesce.campaigns.start({ targets: [target] }, { reason: 'a test' });
    await campaign.result();
    const rows = await allOf(stack.quiesce.campaigns.find(target));
    assert.deepEqual(
      rows.map(({ task, state }) => [task, state]),
      [[target, 'canceled']],
    );
  });

  it('stay readable when a cancellation continues as new', async () => {
    const uri = await seed();
    const handle = await stack.quiesce.cancel(uri);
    await isProving(uri);
    const { runId } = await handle.status();
    while ((await handle.status()).runId === runId) await handle.extendDeadline(1_000);
    const { memo, typedSearchAttributes } = await stack.client.workflow.getHandle(handle.id).describe();
    assert.equal(memo?.['task'], uri);
    const shown = typedSearchAttributes.get({ name: 'QuiesceTask', type: 'KEYWORD' });
    assert.equal(shown, handle.id.replace('cancel/aws-fsx/', 'aws-fsx://'));
    await end(uri);
  });

  it('are not read by who lacks the key: a list shows the mask, and what else it shows', async () => {
    const uri = await seed({});
    const { id } = await stack.quiesce.cancel(uri, { requestedBy: 'masked' });
    await stack.quiesce.cancellation(id).verdict();
    const dataConverter = await loadDataConverter();
    const without = new Quiesce(new Client({ connection: stack.client.connection, dataConverter }));
    let listed: unknown[] = [];
    for (; listed.length === 0; await sleep(50))
      listed = await allOf(without.list({ requestedBy: 'masked', verdict: 'canceled' }));
    assert.deepEqual(
      (listed as { id: string; task: string }[]).map((each) => [each.id, each.task]),
      [[id, id.replace('cancel/aws-fsx/', 'aws-fsx://')]],
    );
  });

  it('of a cancellation that began before the keys: a Worker with keys goes on with it, by its id', async () => {
    const uri = await seed({});
    const clear = new Quiesce(new Client({ connection: stack.client.connection }));
    const { id } = await clear.cancel(uri);
    assert.equal(id, cancelWorkflowId(toTaskRef(uri)));
    assert.equal((await stack.quiesce.cancellation(id).verdict()).verdict, 'canceled');
  });

  it('tell a campaign that one of its targets is being canceled alone', async () => {
    // Of one that waits for subtasks, the vendor shows nothing: the campaign knows by the name alone.
    const task = await seedOfMore({ details: { runningSubtasks: 1, subtaskMs: DAY_MS } });
    const single = await stack.quiesce.cancel(task);
    while ((await single.status()).phase !== 'waiting-for-subtasks') await sleep(50);
    const campaign = await stack.quiesce.campaigns.start({ targets: [task] }, { reason: 'a test' });
    const row = async () => (await allOf(campaign.report()))[0];
    while ((await row())?.state === 'waiting') await sleep(100);
    const { state, code, message } = (await row())!;
    assert.deepEqual([state, code], ['canceling', 'CanceledElsewhere']);
    assert.ok(message?.includes(single.id), message);
    await campaign.abort({ by: 'ann', reason: 'seen enough' });
    await end(taskUri(task));
  });

  describe('made with nothing but Temporal', () => {
    const start = (workflowId: string, task: TaskRef, memo?: Record<string, unknown>) =>
      stack.client.workflow.start(CANCEL_TASK_WORKFLOW, {
        taskQueue: TASK_QUEUE,
        workflowId,
        args: [{ task, requestedBy: 'temporal' }],
        ...(memo && { memo }),
      });

    async function refused(workflowId: string, task: TaskRef, message: RegExp): Promise<void> {
      const running = (await start(workflowId, task)).result();
      await assert.rejects(running, (thrown: unknown) => {
        assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
        assert.equal(thrown.cause.type, 'InvalidInput');
        assert.match(thrown.cause.message, message);
        return true;
      });
      const named = Object.values(task.ids).at(-1)!;
      const calls = await stack.simulator.calls({ taskId: named });
      assert.deepEqual(calls, [], 'the vendor was called');
    }

    it('are taken, and what is wrong or missing in the memo is put right', async () => {
      for (const memo of [undefined, { task: 'aws-fsx://sim/another', mine: 1 }]) {
        const uri = await seed({});
        const handle = await start(stack.quiesce.cancellation(uri).id, toTaskRef(uri), memo);
        assert.equal((await handle.result()).task, uri);
        const { memo: kept } = await handle.describe();
        assert.deepEqual(kept, { ...memo, task: uri });
      }
    });

    it('are refused before the vendor is called, when they are of another task or made with another key', async () => {
      const [uri, other] = [await seed(), await seed()];
      await refused(stack.quiesce.cancellation(other).id, toTaskRef(uri), /must end with ~/);
      const foreign = cancelWorkflowId(toTaskRef(uri), { mask: 'x'.repeat(32) });
      await refused(foreign, toTaskRef(uri), /must end with ~.*another key "task-ids"/);
      const elsewhere = stack.quiesce.cancellation(uri).id.replace('/sim/', '/elsewhere/');
      await refused(elsewhere, toTaskRef(uri), /must be cancel\/aws-fsx\/sim\/~/);
    });

    it('need the ids in their order, which a mask does not tell', async () => {
      const ref = await seedOfMore();
      const { provider } = stack.connections.find((each) => each.name === ref.connection)!;
      const turned = { ...ref, ids: Object.fromEntries(Object.entries(ref.ids).reverse()) };
      const order = provider.fields.map((field) => field.name).join(', ');
      await refused(
        stack.quiesce.cancellation(taskUri(ref)).id,
        turned,
        new RegExp(`in this order: ${order}`),
      );
    });

    it(
      'are what the page on encryption computes',
      { skip: spawnSync('python3', ['-V']).error !== undefined },
      async () => {
        const page = readFileSync(join(ROOT, 'docs/encryption.md'), 'utf8');
        const [, example = ''] = /```python\n(.*?)```/s.exec(page) ?? [];
        const uri = await seed();
        const call = `${example}\nprint(task_mask(${JSON.stringify(TASK_IDS.split(':')[1])}, ${JSON.stringify(uri)}))`;
        const mask = execFileSync('python3', ['-c', call], { encoding: 'utf8' }).trim();
        assert.equal(`cancel/aws-fsx/sim/~${mask}`, stack.quiesce.cancellation(uri).id);
      },
    );
  });
});

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
