import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRequest } from '../../simulator/control-requests.js';
import { startStack, SECRET_ENV, type Stack } from '../harness.js';

const CANCEL = 'CancelDataRepositoryTask';
const QUIESCE = join(import.meta.dirname, '../../../bin/quiesce.js');

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** Resolves to where its health is, when it polls. */
  readonly health: Promise<string>;
}

describe('the process of quiesce worker', () => {
  let stack: Stack;
  let folder: string;
  const started = new Set<ChildProcess>();

  before(async () => {
    stack = await startStack();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-worker-'));
  });
  afterEach(async () => {
    for (const child of started) child.kill('SIGKILL');
    started.clear();
    await stack.simulator.clearFaults();
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true });
  });

  async function start({
    settings = '',
    args = ['--health-port', '0'],
    address = stack.address,
  }: { settings?: string; args?: readonly string[]; address?: string } = {}): Promise<Started> {
    const { id, secret } = SECRET_ENV;
    const credentials = `{ accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }`;
    const connection = `provider: aws-fsx, region: eu-west-1, endpoint: "${stack.endpoint}", pollEvery: 100ms`;
    const path = join(folder, 'quiesce.config.yaml');
    await writeFile(path, `connections:\n  sim: { ${connection}, credentials: ${credentials} }\n${settings}`);
    const child = spawn(process.execPath, [QUIESCE, 'worker', '--config', path, ...args], {
      env: { ...process.env, TEMPORAL_ADDRESS: address },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.add(child);
    const text = { out: '', err: '' };
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
    const health = new Promise<string>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text.out += chunk;
        const url = /health at (http:\S+)\.\n/.exec(text.out)?.[1];
        if (url !== undefined) resolve(url);
      });
    });
    const ended = new Promise<Awaited<Started['ended']>>((resolve) => {
      child.once('close', (code) => resolve({ code, ...text }));
    });
    return { child, ended, health };
  }

  /** Starts a cancellation whose ask meets this fault; resolves when the ask has had its effect, and no answer. */
  async function askMeets(fault: FaultRequest) {
    const [task] = await stack.simulator.seed({
      provider: 'aws-fsx',
      state: 'running',
      delays: { cancelingMs: 60_000 },
    });
    assert.ok(task);
    await stack.simulator.fault({ ...fault, match: { operation: CANCEL, taskIds: [task.id] }, times: 1 });
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${task.id}`, { deadlineAfterMs: 300_000 });
    while ((await stack.simulator.tasks({ id: task.id }))[0]?.state !== 'canceling') await sleep(10);
    return { id: task.id, handle };
  }

  it('says how it is while it runs and while it drains, and finishes what it is at', async () => {
    const { child, ended, health } = await start();
    const url = await health;
    assert.deepEqual(await ask(`${url}/healthz`), [200, { alive: true }]);
    assert.deepEqual(await ask(`${url}/readyz`), [200, { ready: true }]);
    assert.deepEqual(await ask(`${url}/nothing`), [404, {}]);
    assert.equal((await fetch(`${url}/readyz`, { method: 'POST' })).status, 405);

    const { id, handle } = await askMeets({ kind: 'latency', ms: 3_000, afterEffect: true });
    child.kill('SIGTERM');
    while ((await ask(`${url}/readyz`))[0] === 200) await sleep(10);
    const [status, body] = await ask(`${url}/readyz`);
    assert.equal(status, 503);
    assert.match(String(body['why']), /about to stop/);
    assert.deepEqual(await ask(`${url}/healthz`), [200, { alive: true }]);
    assert.equal((await ended).code, 0);

    // The answer it waited for was kept: the next one does not ask again, and knows of no ask without an answer.
    await start();
    await stack.simulator.advanceClock(60_000);
    const { verdict, evidence } = await handle.verdict();
    assert.equal(verdict, 'canceled');
    assert.deepEqual([evidence.asks, evidence.unansweredAsk], [1, undefined]);
    assert.equal((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length, 1);
  });

  it('ends within the set time whatever it is at, and says so', async () => {
    const { child, ended, health } = await start({
      settings: 'worker: { drainWithin: 2s, health: { port: 0 } }\n',
      args: [],
    });
    await health;
    const { id, handle } = await askMeets({ kind: 'hang', afterEffect: true });
    const toldAtMs = performance.now();
    child.kill('SIGTERM');
    const { code, err } = await ended;
    assert.equal(code, 1);
    assert.match(err, /Not all was done within 2s; another Worker does the rest/);
    const tookMs = performance.now() - toldAtMs;
    assert.ok(tookMs > 1_500 && tookMs < 15_000, `${tookMs} ms`);

    await start();
    while ((await handle.progress().catch(() => undefined))?.phase !== 'proving') await sleep(50);
    await stack.simulator.advanceClock(60_000);
    assert.equal((await handle.verdict()).verdict, 'canceled');
    assert.equal((await stack.simulator.calls({ taskId: id, operation: CANCEL })).length, 1);
  });

  it('a second signal ends it at once', async () => {
    const { child, ended, health } = await start();
    const url = await health;
    await askMeets({ kind: 'hang', afterEffect: true });
    child.kill('SIGTERM');
    while ((await ask(`${url}/readyz`))[0] === 200) await sleep(10);
    await sleep(500);
    child.kill('SIGTERM');
    const { code, err } = await ended;
    assert.equal(code, 130);
    assert.match(err, /Stopped before all was done/);
  });

  it('is alive and not ready while Temporal is away', async () => {
    const other = await startStack();
    const { health } = await start({ address: other.address });
    const url = await health;
    assert.equal((await ask(`${url}/readyz`))[0], 200);
    await other.close();
    while ((await ask(`${url}/readyz`))[0] === 200) await sleep(100);
    assert.match(String((await ask(`${url}/readyz`))[1]['why']), /Temporal does not answer/);
    assert.deepEqual(await ask(`${url}/healthz`), [200, { alive: true }]);
  });

  it('says where nobody can listen', async () => {
    const { health } = await start();
    const port = new URL(await health).port;
    const { code, err } = await (await start({ args: ['--health-port', port] })).ended;
    assert.equal(code, 2);
    assert.match(err, new RegExp(`Nobody can listen on 127\\.0\\.0\\.1, port ${port} \\(EADDRINUSE\\)`));
  });

  it('says that an address needs a port', async () => {
    const { code, err } = await (await start({ args: ['--health-host', '0.0.0.0'] })).ended;
    assert.equal(code, 2);
    assert.match(err, /add --health-port/);
  });
});

async function ask(url: string): Promise<[number, Record<string, unknown>]> {
  const answer = await fetch(url);
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}
