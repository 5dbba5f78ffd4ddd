import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CancellationHandle } from '../../client/index.js';
import { planMemory } from '../../worker/plan-memory.js';
import { startStack, SECRET_ENV, type Stack } from '../harness.js';
import { fsxAsks, fsxTargets, least, most, playCampaign } from './campaign-play.js';
import { lowPorts } from '../low-ports.js';

const QUIESCE = join(import.meta.dirname, '../../../bin/quiesce.js');
/** The smallest that is taken. */
const CEILING_MIB = 448;
const MIB = 2 ** 20;
const TARGETS = 3_000;
/** More than are kept in its cache. */
const SINGLES = 300;
/** Until the clock is put forward they are at work, all at once. */
const SINGLES_TAKE_MS = 3_600_000;

interface RunningWorker {
  /** The largest that its resident set has been, so far. */
  peakMib(): number;
  /** The first value of each metric that it shows now. */
  metrics(): Promise<(name: string) => number>;
  stop(): Promise<void>;
}

describe('the memory of a Worker', { timeout: 900_000, skip: process.platform !== 'linux' }, () => {
  let stack: Stack;
  let folder: string;
  let child: ChildProcess | undefined;

  before(async () => {
    stack = await startStack();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-memory-'));
  });
  after(async () => {
    child?.kill('SIGKILL');
    await stack.close();
    await rm(folder, { recursive: true });
  });

  async function start(): Promise<RunningWorker> {
    const [metricsPort] = await lowPorts('127.0.0.1', 1);
    const { id, secret } = SECRET_ENV;
    const path = join(folder, 'quiesce.config.yaml');
    await writeFile(
      path,
      `connections:
  sim:
    provider: aws-fsx
    region: eu-west-1
    endpoint: ${stack.endpoint}
    pollEvery: 1s
    credentials: { accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }
worker: { memory: ${CEILING_MIB}MiB }
metrics: { port: ${metricsPort} }
`,
    );
    // By its first line, as its users start it: that says how many arenas the C library has.
    const worker = spawn(QUIESCE, ['worker', '--config', path], {
      env: { ...process.env, TEMPORAL_ADDRESS: stack.address },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = worker;
    worker.stderr.resume();
    await once(worker.stdout, 'data');
    const { pid } = worker;
    assert.ok(pid);
    return {
      peakMib: () => peakMibOf(pid),
      async metrics() {
        const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
        return (name) => Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
      },
      async stop() {
        worker.kill('SIGTERM');
        assert.deepEqual(await once(worker, 'exit'), [0, null]);
      },
    };
  }

  it('stays below its ceiling under a campaign and hundreds of cancellations, and all are proven', async (context) => {
    const worker = await start();
    const { paths } = await fsxTargets(stack, { count: SINGLES, delays: { cancelingMs: SINGLES_TAKE_MS } });
    const singles: CancellationHandle[] = [];
    for (const path of paths) singles.push(await stack.quiesce.cancel(`aws-fsx://sim/${path}`));
    const targets = await fsxTargets(stack, { count: TARGETS, delays: { cancelingMs: 2_000 } });
    const { result } = await (await playCampaign(stack, [targets], {}, 1_000)).end();
    assert.deepEqual(result.verdicts, { canceled: TARGETS });

    // It is the ceiling that is in force: all of them are at work, and no more are kept than it allows.
    const shown = await worker.metrics();
    const { cachedWorkflows } = planMemory(CEILING_MIB * MIB);
    assert.ok(cachedWorkflows < SINGLES);
    const cached = shown('temporal_sticky_cache_size');
    // Less what has just ended.
    assert.ok(cached > cachedWorkflows / 2 && cached <= cachedWorkflows, `${cached} are cached`);
    assert.equal(shown('quiesce_worker_memory_ceiling_bytes'), CEILING_MIB * MIB);

    await stack.simulator.advanceClock(SINGLES_TAKE_MS);
    // One after the other: a server lets no more than some hundreds wait.
    for (const handle of singles) assert.equal((await handle.verdict()).verdict, 'canceled');
    const asks = await fsxAsks(stack, [...targets.paths, ...paths]);
    assert.deepEqual([least(asks), most(asks)], [1, 1]);

    const peakMib = worker.peakMib();
    context.diagnostic(`${Math.round(peakMib)} MiB at its peak`);
    assert.ok(peakMib < CEILING_MIB, `${peakMib} MiB at its peak`);
    await worker.stop();
  });
});

/** VmHWM of proc(5). */
function peakMibOf(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  assert.ok(kib);
  return Number(kib) / 1_024;
}
