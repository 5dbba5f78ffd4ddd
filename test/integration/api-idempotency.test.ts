import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import {
  postCancellation,
  seedTask,
  slugOf,
  startApi,
  type RunningApi,
  type StartedAnswer,
} from '../api-server.js';
import { idempotencyWorkflowId } from '../../contract/names.js';
import { SECRET_ENV, startStack, type Stack } from '../harness.js';

const BIN = resolve(import.meta.dirname, '../../../bin/quiesce.js');
const HOUR_MS = 3_600_000;

describe('an Idempotency-Key', () => {
  let stack: Stack;
  let api: RunningApi;
  let keys = 0;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
    api = await startApi(stack);
  });
  after(async () => {
    await api?.close();
    await stack?.close();
  });

  const newKey = () => `key-${++keys}`;

  const seed = (seeded = {}) => seedTask(stack, seeded);
  const post = (key: string, body: unknown, url = api.url) => postCancellation(url, body, key);

  async function runsOf(workflowId: string): Promise<number> {
    // Exact, unlike the list: of one run after another, each is described.
    let runs = 0;
    for await (const _ of stack.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs++;
    return runs;
  }

  it('gives a repeat the same cancellation, also after it has ended', async () => {
    const task = await seed();
    const key = newKey();
    const first = await post(key, { task });
    assert.equal(first.status, 202);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    const again = await post(key, { task });
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.deepEqual(again.body, first.body);
    await stack.quiesce.cancellation(first.body.workflowId).verdict();
    const late = await post(key, { task });
    assert.deepEqual([late.status, late.body], [202, first.body]);
    // Another run of the same task, and not of this request.
    const other = await post(newKey(), { task });
    assert.notEqual(other.body.runId, first.body.runId);
    await stack.quiesce.cancellation(first.body.workflowId).verdict();
    for (let tries = 0; (await runsOf(first.body.workflowId)) < 2; tries++) await sleep(50);
    assert.deepEqual((await post(key, { task })).body, first.body);
  });

  it('gives a repeat the cancellation that the first was attached to', async () => {
    const task = await seed({ onCancel: 'stuckCanceling' });
    const handle = await stack.quiesce.cancel(task, { deadlineAfterMs: HOUR_MS });
    const key = newKey();
    const first = await post(key, { task });
    assert.deepEqual([first.body.attached, first.body.runId], [true, handle.runId]);
    await handle.abandon({ by: 'ada', reason: 'test' });
    await handle.verdict();
    const again = await post(key, { task });
    assert.deepEqual(again.body, first.body);
  });

  it('refuses another request under the same key', async () => {
    const key = newKey();
    await post(key, { task: await seed() });
    const other = await post(key, { task: await seed() });
    assert.deepEqual([other.status, slugOf(other)], [422, 'idempotency-key-reused']);
  });

  it('is one of many at once', async () => {
    const task = await seed();
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(key, { task })));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    assert.equal(new Set(answers.map(({ body }) => body.runId)).size, 1);
    const [id] = task.split('/').slice(-1);
    await stack.quiesce.cancellation(answers[0]!.body.workflowId).verdict();
    const calls = await stack.simulator.calls({ taskId: id!, operation: 'CancelDataRepositoryTask' });
    assert.equal(calls.length, 1);
  });

  it('moves a deadline once', async () => {
    const task = await seed({ onCancel: 'stuckCanceling' });
    const { body } = await post(newKey(), { task, deadlineAfterMs: HOUR_MS });
    const handle = stack.quiesce.cancellation(body.workflowId);
    const { deadlineAtMs } = await handle.progress();
    const headers = { 'idempotency-key': newKey() };
    const path = `/v1/cancellations/${body.id}:extend`;
    for (let times = 0; times < 3; times++) {
      const { status } = await api.send('POST', path, { body: { byMs: HOUR_MS }, headers });
      assert.equal(status, 200);
    }
    assert.equal((await handle.progress()).deadlineAtMs, deadlineAtMs + HOUR_MS);
    const other = await api.send('POST', path, { body: { byMs: 1 }, headers });
    assert.deepEqual([other.status, slugOf(other)], [422, 'idempotency-key-reused']);
    const abandon = { body: { reason: 'test' }, headers: { 'idempotency-key': newKey() } };
    assert.equal((await api.send('POST', `/v1/cancellations/${body.id}:abandon`, abandon)).status, 202);
    await handle.verdict();
    assert.equal((await api.send('POST', `/v1/cancellations/${body.id}:abandon`, abandon)).status, 202);
  });

  it('names another request once its time is over, also to what has heard of the first', async () => {
    const task = await seed({ onCancel: 'stuckCanceling' });
    const { body } = await post(newKey(), { task, deadlineAfterMs: HOUR_MS });
    const handle = stack.quiesce.cancellation(body.workflowId);
    const { deadlineAtMs } = await handle.progress();
    const key = newKey();
    const extend = (byMs: number) =>
      api.send('POST', `/v1/cancellations/${body.id}:extend`, {
        body: { byMs },
        headers: { 'idempotency-key': key },
      });
    assert.equal((await extend(HOUR_MS)).status, 200);
    const named = createHash('sha256')
      .update(JSON.stringify(['anonymous', key]))
      .digest('hex');
    await stack.client.workflow.getHandle(idempotencyWorkflowId(named)).terminate('as after a day');
    assert.equal((await extend(2 * HOUR_MS)).status, 200);
    assert.equal((await handle.progress()).deadlineAtMs, deadlineAtMs + 3 * HOUR_MS);
    await handle.abandon({ by: 'ada', reason: 'test' });
    await handle.verdict();
  });

  it('acts on the cancellation that it first met, and on no later one of the same task', async () => {
    const task = await seed({ onCancel: 'stuckCanceling' });
    const { body: first } = await post(newKey(), { task, deadlineAfterMs: HOUR_MS });
    const verb = (name: string, body?: object) => {
      const headers = { 'idempotency-key': newKey() };
      const path = `/v1/cancellations/${first.id}:${name}`;
      return () => api.send<StartedAnswer>('POST', path, { headers, ...(body && { body }) });
    };
    const done = [
      verb('extend', { byMs: HOUR_MS }),
      verb('poll-now'),
      verb('abandon', { reason: 'no longer of interest' }),
    ];
    for (const send of done) assert.ok((await send()).status < 300);
    await stack.quiesce.cancellation(first.workflowId).verdict();
    // What came too late for the first is for no later one either.
    const late = [verb('extend', { byMs: HOUR_MS }), verb('poll-now'), verb('abandon', { reason: 'late' })];
    for (const send of late) assert.equal(slugOf(await send()), 'cancellation-ended');

    const { body: second } = await post(newKey(), { task, deadlineAfterMs: HOUR_MS });
    assert.notEqual(second.runId, first.runId);
    const handle = stack.quiesce.cancellation(second.workflowId);
    const before_ = await eventually(() => handle.progress());
    for (const send of done) {
      const { status, body } = await send();
      assert.deepEqual([status < 300, body.runId], [true, first.runId], JSON.stringify(body));
    }
    for (const send of late) assert.equal(slugOf(await send()), 'cancellation-ended');
    const after_ = await handle.progress();
    assert.equal(after_.deadlineAtMs, before_.deadlineAtMs);
    assert.equal((await handle.status()).closedAt, undefined);
    await handle.abandon({ by: 'ada', reason: 'test' });
    await handle.verdict();
  });

  it('answers a repeat with where its own cancellation is, also when the task was cancelled again', async () => {
    const task = await seed({ state: 'completed' });
    const key = newKey();
    const first = await post(key, { task });
    await stack.quiesce.cancellation(first.body.workflowId).verdict();
    const other = await post(newKey(), { task });
    assert.notEqual(other.body.runId, first.body.runId);
    const location = (await post(key, { task })).headers.get('location');
    assert.equal(location, first.headers.get('location'));
    const { body } = await api.send<StartedAnswer>('GET', location!);
    assert.equal(body.runId, first.body.runId);
  });

  it('is visible ASCII, and not too long', async () => {
    const task = await seed();
    for (const key of ['a b', 'é', 'x'.repeat(256)])
      assert.equal(slugOf(await post(key, { task })), 'invalid-request', key);
    assert.equal((await post('~'.repeat(255), { task })).status, 202);
  });

  it('makes one cancellation of a request whose process was killed before it could answer', async () => {
    const proxy = await holdingProxy(stack.address, 'cancelTask');
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-api-'));
    const first = await startProcess(folder, proxy.address);
    try {
      const task = await seed();
      const key = newKey();
      const lost = post(key, { task }, first.url).then(
        () => 'answered',
        () => 'lost',
      );
      const workflowId = `cancel/aws-fsx/sim/${task.split('/').at(-1)}`;
      // Temporal has it, and its answer is on the way to a process that will not live to see it.
      await proxy.held;
      const handle = stack.quiesce.cancellation(workflowId);
      const runId = await eventually(() => handle.firstRunId());
      first.child.kill('SIGKILL');
      assert.equal(await lost, 'lost');
      await handle.verdict();

      const second = await startProcess(folder, stack.address);
      const answer = await post(key, { task }, second.url);
      assert.deepEqual([answer.status, answer.body.runId, answer.body.attached], [202, runId, false]);
      assert.equal(answer.headers.get('idempotency-replayed'), 'true');
      assert.equal(await handle.firstRunId(), runId);
      second.child.kill('SIGTERM');
      assert.deepEqual(await once(second.child, 'exit'), [0, null]);
    } finally {
      first.child.kill('SIGKILL');
      proxy.server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('lets a repeat begin what the first never did', async () => {
    // Killed after it had kept the key: its start never left it.
    const proxy = await holdingProxy(stack.address, 'idempotencyRecord');
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-api-'));
    const first = await startProcess(folder, proxy.address);
    try {
      const task = await seed();
      const key = newKey();
      const lost = post(key, { task }, first.url).catch(() => 'lost');
      await proxy.held;
      await sleep(500);
      first.child.kill('SIGKILL');
      assert.equal(await lost, 'lost');
      const answer = await post(key, { task });
      assert.deepEqual([answer.status, answer.body.attached], [202, false]);
      assert.equal((await stack.quiesce.cancellation(answer.body.workflowId).verdict()).verdict, 'canceled');
    } finally {
      first.child.kill('SIGKILL');
      proxy.server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  async function startProcess(
    folder: string,
    address: string,
  ): Promise<{ child: ChildProcess; url: string }> {
    const credentials = `{ accessKeyId: { env: ${SECRET_ENV.id} }, secretAccessKey: { env: ${SECRET_ENV.secret} } }`;
    const connection = `{ provider: aws-fsx, region: eu-west-1, endpoint: ${stack.endpoint}, credentials: ${credentials} }`;
    await writeFile(join(folder, 'quiesce.config.yaml'), `connections:\n  sim: ${connection}\n`);
    const child = spawn(process.execPath, [BIN, 'api', '--no-auth', '--port', '0'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TEMPORAL_ADDRESS: address },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const url = /http:\/\/\S+:\d+/.exec(line)?.[0];
    assert.ok(url, line);
    return { child, url };
  }
});

interface HoldingProxy {
  readonly server: Server;
  readonly address: string;
  /** Resolves when the request with the text has gone through: from then on, no answer comes back. */
  readonly held: Promise<void>;
}

/** Between a process and Temporal: lets through what is asked, and after one text in it holds back all that is answered. */
async function holdingProxy(target: string, text: string): Promise<HoldingProxy> {
  const [host = '', port] = target.split(':');
  let holds = false;
  let hold: () => void = () => {};
  const held = new Promise<void>((done) => (hold = done));
  const server = createTcpServer((inside) => {
    const outside = connect(Number(port), host);
    inside.on('data', (bytes: Buffer) => {
      if (bytes.includes(text)) {
        holds = true;
        hold();
      }
      outside.write(bytes);
    });
    outside.on('data', (bytes: Buffer) => void (holds || inside.write(bytes)));
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}`, held };
}

async function eventually<T>(read: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await read();
    } catch (thrown) {
      if (tries > 200) throw thrown;
      await sleep(50);
    }
  }
}
