import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CancelProgress, CancelResult } from '../../contract/cancellation.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import {
  postCancellation,
  seedTask,
  slugOf,
  startApi,
  type RunningApi,
  type StartedAnswer,
} from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

const base64url = (text: string) => Buffer.from(text).toString('base64url');
const HOUR_MS = 3_600_000;
setFlagsFromString('--expose-gc');
const clearMemory = runInNewContext('gc') as () => void;

interface CancellationAnswer extends StartedAnswer {
  readonly firstRunId: string;
  readonly phase: string;
  readonly closedAt?: string;
  readonly progress?: CancelProgress;
  readonly result?: CancelResult;
}

interface PageAnswer {
  readonly items: readonly { readonly id: string; readonly workflowId: string; readonly task: string }[];
  readonly nextCursor?: string;
}

describe('cancellations over HTTP', () => {
  let stack: Stack;
  let api: RunningApi;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
    api = await startApi(stack);
  });
  after(async () => {
    await api?.close();
    await stack?.close();
  });

  async function start(seeded: Partial<SeedRequest> = {}, more = {}) {
    const task = await seedTask(stack, seeded);
    const answer = await postCancellation(api.url, { task, ...more });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const [id = ''] = task.split('/').slice(-1);
    return { task, id, answer, path: `/v1/cancellations/${answer.body.id}` };
  }

  const get = (path: string) => api.send<CancellationAnswer>('GET', path);

  it('is alive and ready', async () => {
    assert.deepEqual((await api.send('GET', '/healthz')).body, { alive: true });
    const ready = await api.send('GET', '/readyz');
    assert.deepEqual([ready.status, ready.body], [200, { ready: true }]);
  });

  it('starts one, says where it is, and tells its verdict as soon as there is one', async () => {
    const { answer, path, id } = await start({}, { reason: 'INC-42' });
    const { body, headers } = answer;
    assert.equal(body.workflowId, `cancel/aws-fsx/sim/${id}`);
    assert.equal(headers.get('location'), `${path}?runId=${body.runId}`);
    assert.deepEqual([body.attached, body.requestedBy], [false, 'anonymous']);
    const ended = await get(`${path}?wait=60s`);
    assert.equal(ended.status, 200);
    const { result } = ended.body;
    assert.deepEqual(
      [result?.verdict, result?.reason, result?.requestedBy],
      ['canceled', 'INC-42', 'anonymous'],
    );
    assert.equal(result?.runId, body.runId);
    // What has ended is told at once, however long one would wait.
    assert.equal((await get(`${path}?wait=60s`)).body.result?.verdict, 'canceled');
  });

  it('answers a wait that was too short with how it stands', async () => {
    const { path } = await start({ onCancel: 'stuckCanceling' });
    const { status, body } = await get(`${path}?wait=100ms`);
    assert.equal(status, 200);
    assert.equal(body.closedAt, undefined);
  });

  it('answers a wait in time, however often memory is cleared meanwhile', { timeout: 60_000 }, async () => {
    const { path } = await start({ onCancel: 'stuckCanceling' });
    const clearing = setInterval(clearMemory, 50);
    try {
      const { status, body } = await get(`${path}?wait=1s`);
      assert.deepEqual([status, body.closedAt], [200, undefined]);
    } finally {
      clearInterval(clearing);
    }
  });

  it('starts the same task once, also when it is named in parts', async () => {
    const { answer, id } = await start({ onCancel: 'stuckCanceling' });
    const again = await api.send<CancellationAnswer>('POST', '/v1/cancellations', {
      body: { task: { provider: 'aws-fsx', connection: 'sim', ids: { taskId: id } }, reason: 'another' },
    });
    assert.equal(again.status, 202);
    assert.deepEqual(
      [again.body.attached, again.body.runId, again.body.id, again.body.requestedBy],
      [true, answer.body.runId, answer.body.id, undefined],
    );
  });

  it('gives a dry run an id of its own', async () => {
    const { answer, path, id } = await start({}, { dryRun: true });
    assert.equal(answer.body.workflowId, `dry-run/aws-fsx/sim/${id}`);
    assert.equal((await get(`${path}?wait=60s`)).body.result?.verdict, 'would-cancel');
  });

  it('takes nobody else for whoever asks', async () => {
    const task = await seedTask(stack);
    const forged = await api.send('POST', '/v1/cancellations', { body: { task, requestedBy: 'the-boss' } });
    assert.deepEqual([forged.status, slugOf(forged)], [400, 'invalid-request']);
    assert.match(String(forged.body['detail']), /requestedBy/);
  });

  it('extends, polls and abandons', async () => {
    const { path } = await start({ onCancel: 'stuckCanceling' }, { deadlineAfterMs: HOUR_MS });
    let early: CancelProgress | undefined;
    // Until a Worker has taken it up, there is nothing to tell.
    while (early === undefined) early = (await get(path)).body.progress;
    const extended = await api.send<CancellationAnswer>('POST', `${path}:extend`, {
      body: { byMs: HOUR_MS },
    });
    assert.equal(extended.status, 200);
    assert.equal(extended.body.progress!.deadlineAtMs - early.deadlineAtMs, HOUR_MS);
    assert.equal((await api.send('POST', `${path}:poll-now`)).status, 202);
    const abandoned = await api.send('POST', `${path}:abandon`, { body: { reason: 'it is gone' } });
    assert.equal(abandoned.status, 202);
    const { result } = (await get(`${path}?wait=60s`)).body;
    assert.equal(result?.verdict, 'unproven');
    assert.deepEqual(
      [result.evidence.givenUp?.by, result.evidence.givenUp?.reason],
      ['anonymous', 'it is gone'],
    );
    for (const [verb, body] of [
      ['extend', { byMs: 1 }],
      ['poll-now'],
      ['abandon', { reason: 'again' }],
    ] as const) {
      const late = await api.send('POST', `${path}:${verb}`, { body });
      assert.deepEqual([late.status, slugOf(late)], [409, 'cancellation-ended'], verb);
    }
  });

  it('finds a cancellation by its run after the task was cancelled again', async () => {
    const { task, answer, path } = await start({ state: 'completed' });
    await get(`${path}?wait=60s`);
    const second = await api.send<CancellationAnswer>('POST', '/v1/cancellations', { body: { task } });
    assert.notEqual(second.body.runId, answer.body.runId);
    const first = await get(`${path}?runId=${answer.body.runId}&wait=10s`);
    assert.equal(first.body.result?.runId, answer.body.runId);
  });

  it('names itself by its first run, so that what is meant for it reaches no later one', async () => {
    const { task, answer, path } = await start({ onCancel: 'stuckCanceling' });
    const { firstRunId } = (await get(path)).body;
    assert.equal(firstRunId, answer.body.runId);
    const abandon = (runId: string) =>
      api.send<CancellationAnswer>('POST', `${path}:abandon?runId=${runId}`, { body: { reason: 'test' } });
    const abandoned = await abandon(firstRunId);
    assert.deepEqual([abandoned.status, abandoned.body.firstRunId], [202, firstRunId]);
    await get(`${path}?wait=10s`);
    const { body: later } = await postCancellation(api.url, { task });
    const late = await abandon(firstRunId);
    assert.deepEqual([late.status, slugOf(late)], [409, 'cancellation-ended']);
    assert.equal((await get(path)).body.closedAt, undefined);
    assert.equal((await abandon(later.runId)).status, 202);
  });

  it('shows one that Temporal alone has started, and whose first step has failed', async () => {
    const id = 'task-0fa11ed0000000000';
    const workflowId = `cancel/aws-fsx/sim/${id}`;
    const { workflow, workflowService } = stack.client;
    const input = { task: { provider: 'aws-fsx', connection: 'sim', ids: { taskId: id } } };
    await workflow.start('cancelTask', { workflowId, taskQueue: 'broken', args: [input] });
    const ofWorker = { namespace: 'default', identity: 'a broken Worker' };
    const poll = () => workflowService.pollWorkflowTaskQueue({ ...ofWorker, taskQueue: { name: 'broken' } });
    const { taskToken } = await stack.client.withDeadline(Date.now() + 30_000, poll);
    await workflowService.respondWorkflowTaskFailed({ ...ofWorker, taskToken });
    const { status, body } = await get(`/v1/cancellations/${base64url(workflowId)}`);
    assert.deepEqual([status, body.phase], [200, 'observing'], JSON.stringify(body));
    await workflow.getHandle(workflowId).terminate();
  });

  it('lists page by page, with the same filters', async () => {
    const started = await Promise.all(
      Array.from({ length: 5 }, () => start({ onCancel: 'stuckCanceling' }, { deadlineAfterMs: 12_345_678 })),
    );
    const wanted = new Set(started.map(({ answer }) => answer.body.id));
    const query = 'running=true&connection=sim&limit=2';
    const seen: string[] = [];
    // Search Attributes lag behind.
    for (let tries = 0; tries < 100 && !isIn(wanted, seen); tries++) {
      seen.length = 0;
      let cursor: string | undefined;
      do {
        const next = cursor === undefined ? '' : `&cursor=${cursor}`;
        const { status, body } = await api.send<PageAnswer>('GET', `/v1/cancellations?${query}${next}`);
        assert.equal(status, 200, JSON.stringify(body));
        assert.ok(body.items.length <= 2);
        seen.push(...body.items.map(({ id }) => id));
        cursor = body.nextCursor;
      } while (cursor !== undefined);
      assert.equal(new Set(seen).size, seen.length);
    }
    assert.ok(isIn(wanted, seen));
    const [one] = started;
    const found = await api.send<PageAnswer>(
      'GET',
      `/v1/cancellations?task=${encodeURIComponent(one!.task)}`,
    );
    assert.deepEqual(
      found.body.items.map(({ task }) => task),
      [one!.task],
    );
  });

  it('refuses a cursor of another list', async () => {
    const page = await api.send<PageAnswer>('GET', '/v1/cancellations?limit=1');
    const cursor = page.body.nextCursor!;
    assert.equal((await api.send('GET', `/v1/cancellations?limit=1&cursor=${cursor}`)).status, 200);
    const spoilt = `${cursor.slice(0, 14)}${base64url('what')}`;
    for (const query of [`running=true&cursor=${cursor}`, 'cursor=AAAA', `cursor=${spoilt}`]) {
      const refused = await api.send('GET', `/v1/cancellations?${query}`);
      assert.deepEqual([refused.status, slugOf(refused)], [400, 'invalid-request'], query);
    }
  });

  it('reaches no Workflow but cancellations', async () => {
    for (const workflowId of [
      'quota/sim',
      'campaign/spring',
      'idempotency/00',
      'cancel/',
      'cancel/aws-fsx/sim',
    ]) {
      const answer = await api.send('GET', `/v1/cancellations/${base64url(workflowId)}`);
      assert.deepEqual([answer.status, slugOf(answer)], [404, 'cancellation-not-found'], workflowId);
    }
    for (const verb of ['abandon', 'extend', 'poll-now']) {
      const answer = await api.send('POST', `/v1/cancellations/${base64url('quota/sim')}:${verb}`, {
        body:
          { reason: 'x', byMs: 1 }[verb === 'extend' ? 'byMs' : 'reason'] === 1
            ? { byMs: 1 }
            : { reason: 'x' },
      });
      assert.deepEqual([answer.status, slugOf(answer)], [404, 'cancellation-not-found'], verb);
    }
  });

  it('answers every mistake with its own problem', async () => {
    const task = await seedTask(stack);
    const post = (body: unknown) => api.send('POST', '/v1/cancellations', { body });
    const gone = `/v1/cancellations/${base64url('cancel/aws-fsx/sim/task-1')}`;
    const long = (length: number) =>
      `/v1/cancellations/${base64url(`cancel/aws-fsx/sim/${'x'.repeat(length)}`).slice(0, length)}`;
    const cases = [
      [400, 'invalid-task', () => post({ task: 'nonsense' })],
      [400, 'invalid-task', () => post({ task: 'aws-fsx://sim/not-an-id' })],
      [400, 'invalid-request', () => post({ task, deleteEnded: true })],
      [400, 'unknown-connection', () => post({ task: task.replace('sim', 'other') })],
      [400, 'invalid-request', () => post({})],
      [400, 'invalid-request', () => post({ task, deadlineAfterMs: 0 })],
      [400, 'invalid-request', () => post({ task, onRunningSubtasks: 'cancel' })],
      [400, 'invalid-request', () => post({ task, campaign: 'spring' })],
      [400, 'invalid-request', () => post([])],
      [400, 'invalid-request', () => post({ task, ['x'.repeat(10_000)]: 1 })],
      [400, 'invalid-request', () => api.send('POST', '/v1/cancellations?dryRun=true', { body: { task } })],
      [400, 'invalid-request', () => api.send('GET', '/v1/connections?name=sim')],
      [400, 'invalid-request', () => api.send('GET', `${gone}?wait=2h`)],
      [400, 'invalid-request', () => api.send('GET', `${gone}?wait=soon`)],
      [400, 'invalid-request', () => api.send('GET', `${gone}?runId=7`)],
      [400, 'invalid-request', () => api.send('GET', '/v1/cancellations?limit=0')],
      [400, 'invalid-request', () => api.send('GET', '/v1/cancellations?conection=sim')],
      [400, 'invalid-request', () => api.send('GET', '/v1/cancellations?verdict=fine')],
      [400, 'invalid-request', () => api.send('GET', '/v1/cancellations/%zz')],
      [400, 'invalid-request', () => api.send('GET', long(1_500))],
      [400, 'invalid-request', () => api.send('GET', '/v1/cancellations?requestedBy=%00')],
      [400, 'invalid-request', () => api.send('GET', '/v1/cancellations?task=a%00b')],
      [400, 'invalid-request', () => api.send('GET', '/v1/campaigns?requestedBy=%00')],
      [404, 'cancellation-not-found', () => api.send('GET', long(1_000))],
      [404, 'cancellation-not-found', () => api.send('POST', `${long(1_000)}:poll-now`)],
      [404, 'cancellation-not-found', () => api.send('GET', gone)],
      [404, 'cancellation-not-found', () => api.send('GET', `${gone}?wait=1s`)],
      [404, 'cancellation-not-found', () => api.send('POST', `${gone}:poll-now`)],
      [404, 'not-found', () => api.send('GET', '/v1/nothing')],
    ] as const;
    for (const [status, slug, ask] of cases) {
      const answer = await ask();
      assert.deepEqual([answer.status, slugOf(answer)], [status, slug], JSON.stringify(answer.body));
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      assert.equal(answer.body['requestId'], answer.headers.get('x-request-id'));
      assert.equal(JSON.stringify(answer.body).includes('.js:'), false);
      // What is wrong is named, and not sent back at any length; commands are for those who have a command line.
      assert.ok(JSON.stringify(answer.body).length < 2_000);
      const detail = String(answer.body['detail']);
      assert.ok(detail.length <= 601 && !/`quiesce|--[a-z]/.test(detail), detail);
    }
  });

  it("takes a caller's request id where it is well-formed", async () => {
    const named = await api.send('GET', '/v1/nothing', { headers: { 'x-request-id': 'test-1' } });
    assert.equal(named.body['requestId'], 'test-1');
    assert.ok(api.logs.some((line) => line.includes('"requestId":"test-1"')));
    const odd = await api.send('GET', '/v1/nothing', { headers: { 'x-request-id': 'a b' } });
    assert.match(String(odd.body['requestId']), /^[0-9a-f-]{36}$/);
  });

  it('takes JSON alone, and not too much of it', async () => {
    const post = (headers: Record<string, string>, body: string) =>
      fetch(`${api.url}/v1/cancellations`, { method: 'POST', headers, body });
    const json = { 'content-type': 'application/json' };
    const cases = [
      [415, { 'content-type': 'text/plain' }, '{}'],
      [415, { 'content-type': 'application/x-www-form-urlencoded' }, 'task=x'],
      [400, json, '{"task":'],
      [400, json, '{"__proto__":{"task":1}}'],
      [413, json, JSON.stringify({ task: 'x'.repeat(2_000_000) })],
    ] as const;
    for (const [status, headers, body] of cases) {
      const answer = await post(headers, body);
      assert.equal(answer.status, status, body.slice(0, 50));
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      await answer.text();
    }
  });
});

function isIn(wanted: ReadonlySet<string>, seen: readonly string[]): boolean {
  return [...wanted].every((id) => seen.includes(id));
}
