import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { failureMessage } from '../../client/failure-message.js';
import { EncryptionError, loadDataConverter, Quiesce } from '../../client/index.js';
import { startStack, type Stack } from '../harness.js';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const KEY = newKey('one');
const converter = (...entries: string[]) => loadDataConverter({ encryptionKeys: entries.join('\n') });

const REASON = 'INC-4711: the wrong file system';
const PAUSED_FOR = 'too many alarms at night';
const GIVEN_UP_FOR = 'the vendor has been asked by telephone';
const SCHEDULED_FOR = 'whatever is stale';
const DAY_MS = 86_400_000;
const VENDOR_SAYS = 'the-words-of-a-vendor';

/** What a story left behind, which nobody who reads the database is to learn. */
interface Told {
  readonly inPayloads: readonly string[];
  readonly ofCampaigns: readonly string[];
  readonly single: string;
}

/** A cancellation, one that is given up after errors of the vendor, a campaign and a schedule. */
async function tellStory(stack: Stack): Promise<Told> {
  const { quiesce, simulator } = stack;
  // Long enough for the campaign to be paused.
  const delays = { waitingMs: DAY_MS, runningMs: DAY_MS, cancelingMs: 1_500 };
  const seeded = await simulator.seed({ provider: 'aws-fsx', state: 'running', count: 6, delays });
  const [single, stuck, ...many] = seeded.map(({ id }) => id);
  await stack.startWorker();
  const handle = await quiesce.cancel(`aws-fsx://sim/${single}`, { reason: REASON });
  assert.equal((await handle.verdict()).verdict, 'canceled');

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

  const selectors = [{ connection: 'sim', provider: 'aws-fsx', olderThanMs: 86_400_000 }];
  const recurrence = { everyMs: 86_400_000 };
  await quiesce.campaigns.schedules.create({ name: 'often', recurrence, selectors, reason: SCHEDULED_FOR });
  for await (const { reason } of quiesce.campaigns.schedules.list()) assert.equal(reason, SCHEDULED_FOR);

  const requestIds = (await simulator.calls({ provider: 'aws-fsx' })).map(({ requestId }) => requestId);
  const { evidence } = await handle.verdict();
  const known = requestIds.filter((id) => JSON.stringify(evidence).includes(id));
  assert.ok(known.length > 0, 'the evidence names no request');
  return {
    inPayloads: [REASON, GIVEN_UP_FOR, PAUSED_FOR, SCHEDULED_FOR, VENDOR_SAYS, ...known],
    ofCampaigns: many,
    single: single!,
  };
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

      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'quiesce-encryption-'));
        stack = await startStack({
          ...(isOn && { dataConverter: await converter(...keys) }),
          extraArgs: ['--db-filename', join(folder, 'temporal.db'), '--sqlite-pragma', 'journal_mode=WAL'],
        });
        told = await tellStory(stack);
      });
      after(async () => {
        await stack?.close();
        await rm(folder, { recursive: true, force: true });
      });

      it(`the database ${isOn ? 'holds none' : 'has all'} of what was said, and ${isOn ? 'no' : 'every'} task of a campaign`, async () => {
        const files = await filesIn(folder);
        assert.ok(
          files.includes(`aws-fsx://sim/${told.single}`),
          'a single task is in its Search Attribute either way',
        );
        const readable = [...told.inPayloads, ...told.ofCampaigns].filter((text) => files.includes(text));
        assert.deepEqual(readable, isOn ? [] : [...told.inPayloads, ...told.ofCampaigns]);
      });

      it(`${isOn ? 'every' : 'no'} payload is encrypted, but those of Search Attributes`, async () => {
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
    name === 'searchAttributes' ? [] : payloadsIn(each, `${path}.${name}`),
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
