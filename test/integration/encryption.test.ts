import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { failureMessage } from '../../client/failure-message.js';
import { EncryptionError, loadDataConverter, Quiesce } from '../../client/index.js';
import { toTaskRef } from '../../client/to-task-ref.js';
import type { CallbackSettings } from '../../config/callback-settings.js';
import { parseConfig } from '../../config/load-config.js';
import { taskUri } from '../../contract/task.js';
import { postCancellation, startApi } from '../api-server.js';
import { startReceiver, type CallbackReceiver } from '../callback-receiver.js';
import { simulatedConnection, simulatedConnections, startStack, type Stack } from '../harness.js';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const KEY = newKey('one');
const TASK_IDS = newKey('task-ids');
const converter = (...entries: string[]) =>
  loadDataConverter({ encryptionKeys: [...entries, TASK_IDS].join('\n') });

const REASON = 'INC-4711: the wrong file system';
const PAUSED_FOR = 'too many alarms at night';
const GIVEN_UP_FOR = 'the vendor has been asked by telephone';
const SCHEDULED_FOR = 'whatever is stale';
const DAY_MS = 86_400_000;
const VENDOR_SAYS = 'the-words-of-a-vendor';

/** What a story left behind, which nobody who reads the database is to learn. */
interface Told {
  readonly words: readonly string[];
  /** Every id of every task. */
  readonly taskIds: readonly string[];
}

/**
 * Cancellations in every way there is: alone and with a callback, in a dry run, over HTTP under an Idempotency-Key, given up after errors
 * of the vendor, waiting for subtasks, by a campaign, and by one that hands its targets over to cancellations of their own; and a schedule.
 */
async function tellStory(stack: Stack, receiver: CallbackReceiver): Promise<Told> {
  const { quiesce, simulator } = stack;
  // Long enough for the campaign to be paused.
  const delays = { waitingMs: DAY_MS, runningMs: DAY_MS, cancelingMs: 1_500 };
  const seeded = await simulator.seed({ provider: 'aws-fsx', state: 'running', count: 8, delays });
  const [single, stuck, rehearsed, keyed, ...many] = seeded.map(({ id }) => id);
  await stack.startWorker();
  const callbackUrl = receiver.address('ended');
  const handle = await quiesce.cancel(`aws-fsx://sim/${single}`, { reason: REASON, callbackUrl });
  assert.equal((await handle.verdict()).verdict, 'canceled');
  await receiver.until(callbackUrl);
  const rehearsal = await quiesce.cancel(`aws-fsx://sim/${rehearsed}`, { dryRun: true });
  assert.equal((await rehearsal.verdict()).verdict, 'would-cancel');
  await cancelOverHttp(stack, `aws-fsx://sim/${keyed}`);

  const message = `${VENDOR_SAYS} at ${stuck}`;
  await simulator.fault({
    kind: 'error',
    match: { taskIds: [stuck!] },
    times: 10_000,
    status: 503,
    code: 'ServiceUnavailable',
    message,
  });
  const givenUp = await quiesce.cancel(`aws-fsx://sim/${stuck}`, { reason: REASON });
  const lastWords = async () => (await givenUp.status()).pending?.lastFailure?.message ?? '';
  while (!(await lastWords()).includes(VENDOR_SAYS)) await sleep(50);
  await givenUp.extendDeadline(60_000);
  await givenUp.abandon({ by: 'ann', reason: GIVEN_UP_FOR });
  assert.equal((await givenUp.verdict()).verdict, 'unproven');

  const campaign = await quiesce.campaigns.plan(
    { targets: many.map((id) => `aws-fsx://sim/${id}`) },
    { reason: REASON },
  );
  await campaign.planned();
  await campaign.start({ by: 'ann' });
  await campaign.pause({ by: 'ann', reason: PAUSED_FOR });
  await campaign.resume({ by: 'ann' });
  const { verdicts } = await campaign.result();
  assert.deepEqual(verdicts, { canceled: many.length });

  const subtasked = await cancelWithSubtasks(stack);

  const selectors = [{ connection: 'sim', provider: 'aws-fsx', olderThanMs: 86_400_000 }];
  const recurrence = { everyMs: 86_400_000 };
  await quiesce.campaigns.schedules.create({ name: 'often', recurrence, selectors, reason: SCHEDULED_FOR });
  for await (const { reason } of quiesce.campaigns.schedules.list()) assert.equal(reason, SCHEDULED_FOR);

  const requestIds = (await simulator.calls({ provider: 'aws-fsx' })).map(({ requestId }) => requestId);
  const { evidence } = await handle.verdict();
  const known = requestIds.filter((id) => JSON.stringify(evidence).includes(id));
  assert.ok(known.length > 0, 'the evidence names no request');
  return {
    words: [REASON, GIVEN_UP_FOR, PAUSED_FOR, SCHEDULED_FOR, VENDOR_SAYS, ...known],
    taskIds: [...seeded.map(({ id }) => id), ...subtasked],
  };
}

async function cancelOverHttp(stack: Stack, task: string): Promise<void> {
  const api = await startApi(stack);
  try {
    const { status } = await postCancellation(api.url, { task }, 'a-key');
    assert.equal(status, 202);
    assert.equal((await stack.quiesce.cancellation(task).verdict()).verdict, 'canceled');
  } finally {
    await api.close();
  }
}

/** One alone, and two of a campaign, which become cancellations of their own. @returns all their ids. */
async function cancelWithSubtasks({ quiesce, simulator, connections }: Stack): Promise<string[]> {
  const connection = connections[1]!;
  const provider = connection.provider.id;
  const seed = async (count: number) => {
    const details = { runningSubtasks: 2, subtaskMs: 3_000 };
    const seeded = await simulator.seed({ provider, state: 'running', count, details });
    return seeded.map(({ ids }) => toTaskRef({ provider, connection: connection.name, ids }));
  };
  const [alone] = await seed(1);
  assert.equal((await (await quiesce.cancel(alone!)).verdict()).attempts, 2);
  const together = await seed(2);
  const campaign = await quiesce.campaigns.start(
    { targets: together },
    { reason: REASON, id: 'handing-over' },
  );
  assert.deepEqual((await campaign.result()).verdicts, { canceled: together.length });
  const handedOver = new Set<string | undefined>();
  for (let looks = 0; looks < 100 && handedOver.size < together.length; looks++) {
    for await (const { task } of quiesce.list({ campaign: 'handing-over' })) handedOver.add(task);
    await sleep(100);
  }
  assert.deepEqual(handedOver, new Set(together.map(taskUri)));
  return [alone!, ...together].flatMap(({ ids }) => Object.values(ids));
}

async function callbacksTo({ port, secret }: CallbackReceiver, folder: string): Promise<CallbackSettings> {
  const file = join(folder, 'secret');
  await writeFile(file, secret);
  const { callbacks } = parseConfig(
    `connections: { sim: { provider: aws-fsx, region: eu-west-1 } }
callbacks:
  secret: { file: ${file} }
  hosts: [{ host: "127.0.0.1:${port}", allowPrivate: true, allowInsecure: true }]
`,
    'quiesce.config.yaml',
  );
  return callbacks!;
}

/** All that Temporal has written to its disk. */
async function filesIn(folder: string): Promise<Buffer> {
  const names = await readdir(folder);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, name)))));
}

describe('encryption of payloads', { timeout: 300_000 }, () => {
  for (const [name, keys] of [
    ['off, as it is unless it is set', []],
    ['on', [KEY]],
  ] as const) {
    describe(name, () => {
      const isOn = keys.length > 0;
      let folder: string;
      let stack: Stack;
      let told: Told;
      let receiver: CallbackReceiver;

      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'quiesce-encryption-'));
        await mkdir(join(folder, 'database'));
        receiver = await startReceiver();
        stack = await startStack({
          connect: (cloud, everyMs) => [
            simulatedConnection(cloud, everyMs),
            simulatedConnections(cloud, everyMs).find(({ provider }) => provider.hasSubtasks === true)!,
          ],
          callbacks: await callbacksTo(receiver, folder),
          ...(isOn && { dataConverter: await converter(...keys) }),
          extraArgs: [
            '--db-filename',
            join(folder, 'database/temporal.db'),
            '--sqlite-pragma',
            'journal_mode=WAL',
          ],
        });
        told = await tellStory(stack, receiver);
      });
      after(async () => {
        await stack?.close();
        receiver?.close();
        await rm(folder, { recursive: true, force: true });
      });

      it('the files of the database hold every word and every id of a task without keys, and none with them', async () => {
        const files = await filesIn(join(folder, 'database'));
        const all = [...told.words, ...told.taskIds];
        const readable = all.filter((text) => files.includes(text));
        assert.deepEqual(readable, isOn ? [] : all);
      });

      it(`${isOn ? 'every' : 'no'} payload is encrypted, but those of Search Attributes and names of patches`, async () => {
        const found: PayloadPlace[] = [];
        for await (const { workflowId, runId } of stack.client.workflow.list()) {
          const history = await stack.client.workflow.getHandle(workflowId, runId).fetchHistory();
          found.push(...payloadsIn(JSON.parse(historyToJSON(history))));
        }
        assert.ok(found.length > 50, 'nothing was looked at');
        const strays = found.filter(({ encoding }) => (encoding === 'binary/encrypted') !== isOn);
        assert.deepEqual(strays, []);
      });
    });
  }
});

interface PayloadPlace {
  readonly path: string;
  readonly encoding: string;
}

/** The server's own words, in the details of an Activity that was cancelled between two attempts. */
const OF_SERVER = Buffer.from('"ACTIVITY_ID_NOT_STARTED"').toString('base64');

/** Left alone: Search Attributes, which the server works with, and the names of patches, which the SDK's Core writes past every codec. */
const READABLE = new Set(['searchAttributes', 'patch-data']);

function payloadsIn(node: unknown, path = ''): PayloadPlace[] {
  if (typeof node !== 'object' || node === null) return [];
  const { metadata, data } = node as {
    readonly metadata?: { readonly encoding?: string };
    readonly data?: string;
  };
  if (data === OF_SERVER) return [];
  if (typeof metadata?.encoding === 'string')
    return [{ path, encoding: Buffer.from(metadata.encoding, 'base64').toString() }];
  return Object.entries(node).flatMap(([name, each]) =>
    READABLE.has(name) ? [] : payloadsIn(each, `${path}.${name}`),
  );
}

describe('keys', { timeout: 300_000 }, () => {
  const NEXT = newKey('two');
  const FORGED = newKey('one');
  let stack: Stack;

  before(async () => {
    stack = await startStack({ dataConverter: await converter(KEY) });
  });
  after(() => stack.close());

  const clientWith = async (...entries: string[]) =>
    new Quiesce(
      new Client({
        connection: stack.client.connection,
        dataConverter: entries.length === 0 ? await loadDataConverter() : await converter(...entries),
      }),
    );

  async function seed(): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    return `aws-fsx://sim/${task!.id}`;
  }

  it('that a caller lacks, or has wrongly, are told in one sentence by every way to read', async () => {
    const worker = await stack.startWorker();
    const { id } = await stack.quiesce.cancel(await seed(), { reason: REASON });
    await stack.quiesce.cancellation(id).verdict();
    const [task] = await stack.simulator.seed({
      provider: 'aws-fsx',
      state: 'running',
      onCancel: 'stuckCanceling',
    });
    const running = await stack.quiesce.cancel(`aws-fsx://sim/${task!.id}`, { deadlineAfterMs: 600_000 });
    while ((await running.status()).phase !== 'proving') await sleep(50);
    for (const [entries, sentence] of [
      [[], /by the key "one".*QUIESCE_ENCRYPTION_KEYS_FILE/],
      [[NEXT], /by the key "one".*it has two/],
      [[FORGED], /another key than the one that is called "one"/],
    ] as const) {
      const other = await clientWith(...entries);
      await assert.rejects(other.cancellation(id).verdict(), isEncryptionError(sentence));
      await assert.rejects(other.cancellation(id).status(), isEncryptionError(sentence));
      await assert.rejects(other.cancellation(running.id).status(), isEncryptionError(sentence));
      await assert.rejects(other.cancellation(running.id).progress(), isEncryptionError(sentence));
    }
    await running.abandon({ by: 'ann', reason: 'enough' });
    await running.verdict();
    await worker.stop();
  });

  for (const [how, entries, sentence] of [
    ['lacks', [], /by the key "one"/],
    ['has wrongly', [FORGED], /another key than/],
  ] as const)
    it(`that a Worker ${how} keep it from asking anything; one with the right ones goes on`, async () => {
      const uri = await seed();
      const taskId = uri.split('/').at(-1)!;
      const wrong = entries.length === 0 ? await loadDataConverter() : await converter(...entries);
      const worker = await stack.startWorker(stack.connections, wrong);
      const handle = await stack.quiesce.cancel(uri, { reason: REASON });
      const workflow = stack.client.workflow.getHandle(handle.id);
      const refusal = async () =>
        (await workflow.fetchHistory()).events?.find((event) => event.workflowTaskFailedEventAttributes);
      let refused = await refusal();
      for (; !refused; refused = await refusal()) await sleep(50);
      const { failure } = refused.workflowTaskFailedEventAttributes ?? {};
      assert.match(await failureMessage((await clientWith(...entries)).client, failure), sentence);
      await worker.stop();
      const calls = await stack.simulator.calls({ provider: 'aws-fsx' });
      assert.deepEqual(
        calls.filter(({ taskIds }) => taskIds.includes(taskId)),
        [],
      );
      const right = await stack.startWorker();
      assert.equal((await handle.verdict()).verdict, 'canceled');
      await right.stop();
    });

  // The last: from then on, what a Worker needs to know of the quotas is encrypted by the new key.
  it('are rotated while a cancellation runs: first all know the new one, then it is the first', async () => {
    const uri = await seed();
    const first = await stack.startWorker(stack.connections, await converter(KEY));
    const old = await stack.quiesce.cancel(uri, { reason: REASON });
    await first.stop();
    const learning = await stack.startWorker(stack.connections, await converter(KEY, NEXT));
    const rotated = await clientWith(NEXT, KEY);
    assert.equal((await rotated.cancellation(old.id).verdict()).reason, REASON);
    await learning.stop();

    const last = await stack.startWorker(stack.connections, await converter(NEXT, KEY));
    const fresh = await rotated.cancel(await seed(), { reason: REASON });
    assert.equal((await fresh.verdict()).verdict, 'canceled');
    // With the old key alone, what the new one encrypted stays closed.
    await assert.rejects(
      stack.quiesce.cancellation(fresh.id).verdict(),
      isEncryptionError(/by the key "two"/),
    );
    await last.stop();
  });
});

function isEncryptionError(sentence: RegExp) {
  return (thrown: unknown) => {
    assert.ok(thrown instanceof EncryptionError, String(thrown));
    assert.match(thrown.message, sentence);
    return true;
  };
}
