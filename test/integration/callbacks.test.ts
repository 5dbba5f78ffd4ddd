import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import { RequestRefusedError, type CancelOptions } from '../../client/index.js';
import { parseConfig } from '../../config/load-config.js';
import { webhookId, type CallbackResult } from '../../contract/callback.js';
import {
  ABORT_UPDATE,
  ADD_CALLBACK_UPDATE,
  callbackWorkflowId,
  campaignWorkflowId,
  CANCEL_CAMPAIGN_WORKFLOW,
  CANCEL_TASK_WORKFLOW,
  DELIVER_CALLBACK_WORKFLOW,
  TASK_QUEUE,
} from '../../contract/names.js';
import { cancelWorkflowId } from '../../contract/task.js';
import { answers, newSecret, startReceiver, type CallbackReceiver } from '../callback-receiver.js';
import { historyTexts, startStack, type RunningWorker, type Stack } from '../harness.js';
import { fsxTargets, playCampaign } from './campaign-play.js';

const TOKEN = 'token-in-the-query-of-an-address';
const ECHO = 'what-a-receiver-says-in-its-body';
const FAILED = 'MoonPhaseError';

describe('callbacks', () => {
  let stack: Stack;
  let worker: RunningWorker;
  let receiver: CallbackReceiver;
  let folder: string;
  let secretFile: string;

  before(async () => {
    receiver = await startReceiver();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-callbacks-'));
    secretFile = join(folder, 'secret');
    await writeFile(secretFile, receiver.secret);
    const { callbacks } = parseConfig(
      `connections: { sim: { provider: aws-fsx, region: eu-west-1 } }
callbacks:
  secret: { file: ${secretFile} }
  hosts:
    - { host: "127.0.0.1:${receiver.port}", allowPrivate: true, allowInsecure: true }
    - { host: "localhost:${receiver.port}", allowInsecure: true }
    - 127.0.0.2:${receiver.port}
`,
      'quiesce.config.yaml',
    );
    stack = await startStack({
      callbacks: callbacks!,
      extraArgs: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
    });
    worker = await stack.startWorker();
  });
  after(async () => {
    await stack.close();
    receiver.close();
    await rm(folder, { recursive: true });
  });

  async function cancel(callbackUrl: string, seed: object = {}, options: CancelOptions = {}) {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...seed });
    const uri = `aws-fsx://sim/${task!.id}`;
    const handle = await stack.quiesce.cancel(uri, { deadlineAfterMs: 60_000, callbackUrl, ...options });
    return { uri, taskId: task!.id, handle };
  }

  const idOf = (handle: { readonly runId: string | undefined }, url: string) => webhookId(handle.runId!, url);
  const delivery = (id: string) => stack.client.workflow.getHandle(callbackWorkflowId(id));
  const delivered = (id: string) => delivery(id).result() as Promise<CallbackResult>;

  /** The failure of the try before the next. */
  async function lastFailure(id: string, type: string) {
    for (;;) {
      const description = await delivery(id).describe();
      const failure = description.raw.pendingActivities?.[0]?.lastFailure;
      if (failure?.applicationFailureInfo?.type === type) return failure.message ?? '';
      await sleep(50);
    }
  }

  async function untilStarted(id: string): Promise<void> {
    for (;;) {
      const isThere = await delivery(id)
        .describe()
        .then(
          () => true,
          () => false,
        );
      if (isThere) return;
      await sleep(50);
    }
  }

  it('tell the verdict with its evidence, signed, once', async () => {
    const url = receiver.address('verdict?a=1&b=%2F');
    const { handle } = await cancel(url, {}, { reason: 'a test', requestedBy: 'ada' });
    const verdict = await handle.verdict();
    const id = idOf(handle, url);
    const result = await delivered(id);
    const [callback, ...others] = receiver.at(url);
    assert.deepEqual(others, []);
    assert.deepEqual(callback?.payload, {
      type: 'cancellation.ended',
      timestamp: verdict.endedAt,
      data: verdict,
    });
    assert.equal(callback?.webhookId, id);
    assert.deepEqual(result, {
      webhookId: id,
      status: 204,
      attempts: 1,
      deliveredAt: result.deliveredAt,
    });
    const { typedSearchAttributes, raw } = await delivery(id).describe();
    assert.equal(typedSearchAttributes.get({ name: 'QuiesceTask', type: 'KEYWORD' }), verdict.task);
    assert.equal(raw.workflowExecutionInfo?.parentExecution?.workflowId, handle.id);
    // What the Temporal UI shows of it; the rest of the address is not for everybody's eyes.
    const metadata = JSON.stringify(await delivery(id).query('__temporal_workflow_metadata'));
    assert.match(metadata, /delivered.*The receiver answered 204 to attempt 1/);
    assert.match(metadata, new RegExp(`127\\.0\\.0\\.1:${receiver.port}`));
    assert.doesNotMatch(metadata, /verdict\?a=1/);
  });

  it('are tried again under the same id and a new time, and not before the receiver says', async () => {
    const sentAtMs: number[] = [];
    const url = receiver.address('busy', (response, attempt) => {
      sentAtMs.push(Date.now());
      if (attempt === 1) response.writeHead(500).end(ECHO);
      else if (attempt === 2) response.writeHead(503, { 'retry-after': '4' }).end(ECHO.repeat(100_000));
      else response.writeHead(200).end(ECHO);
    });
    const { handle } = await cancel(url);
    await handle.verdict();
    const id = idOf(handle, url);
    const result = await delivered(id);
    assert.deepEqual([result.attempts, result.status], [3, 200]);
    const seen = receiver.at(url);
    assert.deepEqual(
      seen.map(({ webhookId: each }) => each),
      [id, id, id],
    );
    assert.ok(sentAtMs[2]! - sentAtMs[1]! >= 4_000, `${sentAtMs[2]! - sentAtMs[1]!} ms`);
    assert.ok(seen[2]!.timestamp >= seen[0]!.timestamp + 4, 'the signed time is not that of the attempt');
    assert.deepEqual(seen[0]!.payload, seen[2]!.payload);
  });

  it('tell of a cancellation that failed, and why', async () => {
    const url = receiver.address('failed');
    await stack.simulator.fault({
      kind: 'error',
      code: FAILED,
      status: 400,
      match: { operation: 'CancelDataRepositoryTask' },
      times: 1,
    });
    const { handle, uri } = await cancel(url);
    await assert.rejects(handle.verdict(), { failureType: 'Provider.unrecognized' });
    const [{ payload }] = await receiver.until(url);
    const { data } = payload;
    assert.ok('task' in data && 'failure' in data);
    assert.deepEqual(
      [data.task, data.failure.type, 'verdict' in data],
      [uri, 'Provider.unrecognized', false],
    );
    assert.match(data.failure.message, new RegExp(FAILED));
    assert.equal(data.evidence.lastState, 'EXECUTING');
  });

  it('tell of one that was given up, by whomever', async () => {
    const abandoned = receiver.address('abandoned');
    const first = await cancel(abandoned, { onCancel: 'stuckCanceling' });
    await first.handle.abandon({ by: 'ada', reason: 'enough' });
    const cancelled = receiver.address('workflow-cancelled');
    const second = await cancel(cancelled, { onCancel: 'stuckCanceling' });
    await stack.client.workflow.getHandle(second.handle.id).cancel();
    for (const [url, how] of [
      [abandoned, 'abandoned'],
      [cancelled, 'workflow-cancelled'],
    ] as const) {
      const [{ payload }] = await receiver.until(url);
      assert.ok('verdict' in payload.data);
      assert.deepEqual([payload.data.verdict, payload.data.evidence.givenUp?.how], ['unproven', how]);
    }
  });

  it('tell everybody who cancels the same task, each address once, and ten at most', async () => {
    const [mine, yours] = [receiver.address('mine'), receiver.address('yours')];
    const { handle, uri } = await cancel(mine, { onCancel: 'stuckCanceling' });
    const attached = await stack.quiesce.cancel(uri, { callbackUrl: yours });
    assert.equal(attached.attached, true);
    await stack.quiesce.cancel(uri, { callbackUrl: mine });
    const { webhookId: told } = await attached.addCallback(yours);
    assert.equal(told, idOf(handle, yours));
    for (let number = 3; number <= 10; number++) await handle.addCallback(receiver.address(`many-${number}`));
    await assert.rejects(handle.addCallback(receiver.address('many-11')), (thrown: Error) => {
      assert.ok(thrown instanceof RequestRefusedError);
      assert.match(thrown.message, /10 callbacks already/);
      return true;
    });
    // Through a history that goes on as new.
    const { runId } = await stack.client.workflow.getHandle(handle.id).describe();
    for (let pokes = 0; pokes < 25; pokes++) {
      await handle.pollNow();
      await sleep(60);
    }
    while ((await stack.client.workflow.getHandle(handle.id).describe()).runId === runId) await sleep(50);
    await handle.abandon({ by: 'ada', reason: 'enough' });
    await handle.verdict();
    for (const name of ['mine', 'yours', 'many-3', 'many-10']) await receiver.until(receiver.address(name));
    await delivered(idOf(handle, mine));
    const ids = ['mine', 'yours'].flatMap((name) => receiver.at(receiver.address(name)));
    assert.deepEqual(
      ids.map(({ webhookId: each }) => each),
      [idOf(handle, mine), idOf(handle, yours)],
    );
    assert.deepEqual(receiver.at(receiver.address('many-11')), []);
  });

  it('tell whoever was promised it, however near the end that was', async () => {
    const promised: string[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, number) => {
        const { uri, handle } = await cancel(receiver.address(`first-${number}`), { state: 'completed' });
        await sleep(number * 15);
        const url = receiver.address(`late-${number}`);
        const late = await stack.quiesce.cancel(uri, { callbackUrl: url });
        promised.push(idOf(late, url), idOf(handle, receiver.address(`first-${number}`)));
      }),
    );
    for (const id of promised) {
      await untilStarted(id);
      await delivered(id);
    }
    const told = new Set(receiver.seen.map(({ webhookId: each }) => each));
    assert.ok(promised.every((id) => told.has(id)));
  });

  it('have the same id after a reset of the cancellation', async () => {
    const url = receiver.address('reset');
    const { handle } = await cancel(url);
    await handle.verdict();
    await receiver.until(url);
    await delivered(idOf(handle, url));
    const { events } = await stack.client.workflow.getHandle(handle.id).fetchHistory();
    const firstTask = events?.find(({ workflowTaskCompletedEventAttributes: task }) => task);
    await stack.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.id, runId: handle.runId! },
      workflowTaskFinishEventId: firstTask!.eventId!,
      requestId: 'a-reset',
      reason: 'a test',
    });
    const seen = await receiver.until(url, 2);
    assert.equal(seen[0].webhookId, seen[1]?.webhookId);
  });

  it('end for good with 410, and follow no redirect', async () => {
    const gone = receiver.address('gone', answers(410));
    const first = await cancel(gone);
    await first.handle.verdict();
    await assert.rejects(delivered(idOf(first.handle, gone)), (thrown: unknown) => {
      assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
      assert.equal(thrown.cause.type, 'Callback.gone');
      assert.match(thrown.cause.message, /^Not delivered: 127\.0\.0\.1:\d+ answered 410\. It wants no more/);
      return true;
    });
    const elsewhere = receiver.address('elsewhere');
    const moved = receiver.address('moved', (response) =>
      response.writeHead(307, { location: elsewhere }).end(ECHO),
    );
    const second = await cancel(moved);
    await second.handle.verdict();
    const message = await lastFailure(idOf(second.handle, moved), 'Callback.rejected');
    assert.match(message, /answered 307, and redirects are not followed/);
    assert.deepEqual(receiver.at(elsewhere), []);
  });

  const refused: [string, (port: number) => string, RegExp][] = [
    [
      'a host that is not in the config',
      () => 'https://hooks.example.com/x',
      /hooks\.example\.com is not among/,
    ],
    ['another port', (port) => `http://127.0.0.1:${port + 1}/x`, /is not among callbacks\.hosts/],
    ['plain http', (port) => `http://127.0.0.2:${port}/x`, /by https only, and the address is http/],
    [
      'a name of a private address',
      (port) => `http://localhost:${port}/x`,
      /no address on the public Internet/,
    ],
    ['a private address', (port) => `https://127.0.0.2:${port}/x`, /no address on the public Internet/],
  ];
  for (const [name, urlAt, message] of refused) {
    it(`do not go to ${name}`, async () => {
      const url = `${urlAt(receiver.port)}?${TOKEN}`;
      const { handle } = await cancel(url);
      await handle.verdict();
      const id = idOf(handle, url);
      await untilStarted(id);
      assert.match(await lastFailure(id, 'Callback.notAllowed'), message);
      assert.deepEqual(receiver.at(url), []);
    });
  }

  it('wait for their turn when their receiver hangs, and keep nobody else waiting', async () => {
    let isAwake = false;
    const hanging: (() => void)[] = [];
    const url = receiver.address('hangs', (response) => {
      const end = () => void response.writeHead(204).end();
      if (isAwake) end();
      else hanging.push(end);
    });
    const seeded = await stack.simulator.seed({ provider: 'aws-fsx', state: 'completed', count: 75 });
    const handles = await Promise.all(
      seeded.map(({ id }, number) =>
        stack.quiesce.cancel(`aws-fsx://sim/${id}`, { callbackUrl: `${url}?${number}` }),
      ),
    );
    await Promise.all(handles.map((handle) => handle.verdict()));
    const ids = handles.map((handle, number) => idOf(handle, `${url}?${number}`));
    const waiting = Promise.any(ids.map((id) => lastFailure(id, 'Callback.waiting')));
    assert.match(await waiting, /50 callbacks to 127\.0\.0\.1:\d+ are under way/);
    const { handle } = await cancel('https://hooks.example.com/');
    assert.equal((await handle.verdict()).verdict, 'canceled');
    isAwake = true;
    for (const end of hanging) end();
    for (const id of ids) await delivered(id);
  });

  it('are signed by every secret while they are changed, and wait for one that is not there', async () => {
    const url = receiver.address('rotated');
    const newer = newSecret(64);
    await writeFile(secretFile, '\n');
    const { handle } = await cancel(url);
    await handle.verdict();
    const id = idOf(handle, url);
    await untilStarted(id);
    assert.match(
      await lastFailure(id, 'Callback.unsigned'),
      /callbacks\.secret names is empty|is not whsec_/,
    );
    await writeFile(secretFile, `${newer}\n${receiver.secret}\n`);
    await delivered(id);
    const [callback] = receiver.at(url);
    assert.equal(callback?.signatures.length, 2);
    const body = JSON.stringify(callback?.payload);
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': `${callback?.timestamp}`,
      'webhook-signature': callback?.signatures[0] ?? '',
    };
    assert.ok(new Webhook(newer).verify(body, headers));
    assert.throws(() => new Webhook(receiver.secret).verify(body, headers));
    await writeFile(secretFile, receiver.secret);
  });

  it('tell the end of a campaign with its counts, also of one that was never begun', async () => {
    const [ended, added] = [receiver.address('campaign'), receiver.address('campaign-added')];
    const targets = await fsxTargets(stack, { count: 3 });
    const campaign = await playCampaign(stack, [targets], { callbackUrl: ended });
    const handle = stack.quiesce.campaigns.get(campaign.id);
    await handle.addCallback(added);
    const result = await campaign.result();
    for (const url of [ended, added]) {
      const [callback] = await receiver.until(url);
      assert.deepEqual(callback?.payload, {
        type: 'campaign.ended',
        timestamp: result.endedAt,
        data: result,
      });
    }
    assert.deepEqual(result.verdicts, { canceled: 3 });

    const aborted = receiver.address('campaign-aborted');
    const other = await playCampaign(stack, [await fsxTargets(stack, { count: 1 })], {
      callbackUrl: aborted,
      startAtOnce: false,
    });
    await other.until(({ phase }) => phase === 'planned');
    await other.ask(ABORT_UPDATE, { reason: 'x'.repeat(50_000) });
    const [{ payload }] = await receiver.until(aborted);
    assert.ok('end' in payload.data && payload.data.end === 'aborted');
    assert.ok(JSON.stringify(payload).length < 20_000);
  });

  it('refuse what is no address, in one sentence that does not repeat it', async () => {
    const callbackUrl = `https://ada:${TOKEN}@hooks.example.com/`;
    const sentence = /^callbackUrl must be an http or https address such as [^@]*$/;
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const refusedBy = { name: 'RequestRefusedError', message: sentence };
    await assert.rejects(stack.quiesce.cancel(`aws-fsx://sim/${task!.id}`, { callbackUrl }), refusedBy);
    await assert.rejects(
      stack.quiesce.campaigns.start({ targets: [`aws-fsx://sim/${task!.id}`] }, { reason: 'x', callbackUrl }),
      refusedBy,
    );
    const ref = { provider: 'aws-fsx', connection: 'sim', ids: { taskId: task!.id } };
    const wrong = { callbackUrl: 'https://a@hooks.example.com/' };
    for (const [type, workflowId, input] of [
      [CANCEL_TASK_WORKFLOW, cancelWorkflowId(ref), { task: ref, ...wrong }],
      [CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId('wrong-callback'), { reason: 'x', ...wrong }],
    ] as const) {
      const workflow = await stack.client.workflow.start(type, {
        taskQueue: TASK_QUEUE,
        workflowId,
        args: [input],
      });
      await assert.rejects(workflow.result(), (thrown: unknown) => {
        assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
        assert.deepEqual([thrown.cause.type, sentence.test(thrown.cause.message)], ['InvalidInput', true]);
        return true;
      });
    }
    const { handle } = await cancel(receiver.address('update'), { onCancel: 'stuckCanceling' });
    const workflow = stack.client.workflow.getHandle(handle.id);
    for (const request of [undefined, null, {}, { callbackUrl: 7 }, wrong])
      await assert.rejects(workflow.executeUpdate(ADD_CALLBACK_UPDATE, { args: [request] }), {
        name: 'WorkflowUpdateFailedError',
      });
    await handle.abandon({ by: 'ada', reason: 'enough' });
  });

  it('fail at once when they are started with what cannot be sent', async () => {
    const id = webhookId('a run', 'https://hooks.example.com/');
    const payload = { type: 'campaign.ended', timestamp: '', data: { id: 'x' } };
    const callbackUrl = receiver.address('raw');
    const wrong: [workflowId: string, input: unknown, message: RegExp][] = [
      [callbackWorkflowId(id), undefined, /must be an object/],
      [callbackWorkflowId(id), { callbackUrl, payload: { type: 'x' } }, /must be an object/],
      [callbackWorkflowId(id), { callbackUrl: 'x', payload }, /callbackUrl must be an http/],
      [callbackWorkflowId(id), { callbackUrl: 'https://a.example:99999/', payload }, /is no URL/],
      [callbackWorkflowId('msg_1.2'), { callbackUrl, payload }, /must be callback\/msg_<32 hex digits>/],
      ['mine', { callbackUrl, payload }, /must be callback\/msg_<32 hex digits>/],
    ];
    for (const [workflowId, input, message] of wrong) {
      const started = await stack.client.workflow.start(DELIVER_CALLBACK_WORKFLOW, {
        taskQueue: TASK_QUEUE,
        workflowId,
        args: [input],
      });
      await assert.rejects(started.result(), (thrown: unknown) => {
        assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
        assert.equal(thrown.cause.type, 'InvalidInput');
        assert.match(thrown.cause.message, message);
        return true;
      });
    }
    assert.deepEqual(receiver.at(callbackUrl), []);
  });

  it('leave no secret and nothing that a receiver said in histories and logs', async () => {
    await worker.stop();
    const told = [...(await historyTexts(stack.client)), ...stack.logs];
    const having = (text: string) => told.filter((each) => each.includes(text)).length;
    assert.ok(having('Callback.rejected') > 0 && having('answered 500') > 0, 'nothing was looked at');
    assert.deepEqual([having(receiver.secret.slice(6, 30)), having(ECHO)], [0, 0]);
    // The address is in the inputs, and nowhere else.
    assert.ok(having(TOKEN) > 0);
    assert.equal(stack.logs.filter((line) => line.includes(TOKEN)).length, 0);
    assert.equal(receiver.forged(), 0);
  });
});
