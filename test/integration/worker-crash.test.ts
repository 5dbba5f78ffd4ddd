import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryNotRegisteredError } from '@temporalio/client';
import { EARLY_QUERY } from '../../contract/early-query.js';
import { POLL_NOW_SIGNAL, PROGRESS_QUERY } from '../../contract/names.js';
import { startStack, SECRET_ENV, type Stack } from '../harness.js';
import { replayAll } from '../replay-all.js';

const MOST_ROUNDS = 5;
const REFUSED_WITHIN_MS = 5_000;
const ANSWERED_WITHIN_MS = 90_000;
const CANCEL = 'CancelDataRepositoryTask';
const DESCRIBE = 'DescribeDataRepositoryTasks';
const QUIESCE = join(import.meta.dirname, '../../../bin/quiesce.js');

describe('a Worker killed with SIGKILL', () => {
  let stack: Stack;
  let folder: string;
  const children = new Set<ChildProcess>();

  before(async () => {
    stack = await startStack();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-crash-'));
    const { id, secret } = SECRET_ENV;
    const credentials = `{ accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }`;
    const settings = `provider: aws-fsx, region: eu-west-1, endpoint: "${stack.endpoint}", pollEvery: 100ms`;
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:\n  sim: { ${settings}, credentials: ${credentials} }\n`,
    );
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await stack.close();
    await rm(folder, { recursive: true });
  });

  function startProcess(): ChildProcess {
    const child = spawn(
      process.execPath,
      [QUIESCE, 'worker', '--config', join(folder, 'quiesce.config.yaml')],
      {
        env: { ...process.env, TEMPORAL_ADDRESS: stack.address },
        stdio: 'ignore',
      },
    );
    children.add(child);
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function untilCalled(id: string, operation: string, times: number): Promise<void> {
    while ((await stack.simulator.calls({ taskId: id, operation })).length < times) await sleep(10);
  }

  async function start(request: object) {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    const handle = await stack.quiesce.cancel(`aws-fsx://sim/${task!.id}`, { deadlineAfterMs: 300_000 });
    return { id: task!.id, handle };
  }

  it('between ask and proof: the next one proves it, under the same token, without asking again', async () => {
    const { id, handle } = await start({ delays: { cancelingMs: 6_000 } });
    const first = startProcess();
    await untilCalled(id, DESCRIBE, 3);
    const { clientTokens } = await handle.progress();
    await kill(first);
    const second = startProcess();
    const result = await handle.verdict();
    assert.equal(result.verdict, 'canceled');
    assert.deepEqual(result.clientTokens, clientTokens);
    assert.deepEqual(
      [result.attempts, (await stack.simulator.calls({ taskId: id, operation: CANCEL })).length],
      [1, 1],
    );
    await kill(second);
  });

  it('while the ask is on its way: the next one looks before it asks, and finds it had its effect', async () => {
    const { id, handle } = await start({ delays: { cancelingMs: 60_000 } });
    await stack.simulator.fault({
      kind: 'hang',
      afterEffect: true,
      match: { operation: CANCEL, taskIds: [id] },
      times: 1,
    });
    const first = startProcess();
    // The journal has a hanging call only when it ends; its effect can be seen at once.
    while ((await stack.simulator.tasks({ id }))[0]!.state !== 'canceling') await sleep(10);
    await kill(first);
    startProcess();
    const looksBefore = (await stack.simulator.calls({ taskId: id, operation: DESCRIBE })).length;
    await untilCalled(id, DESCRIBE, looksBefore + 1);
    await stack.simulator.advanceClock(60_000);
    const result = await handle.verdict();
    assert.deepEqual([result.verdict, result.attempts], ['canceled', 1]);
    const asks = await stack.simulator.calls({ taskId: id, operation: CANCEL });
    assert.deepEqual(
      asks.map(({ effect }) => effect),
      [true],
    );
  });

  it('and a Query that waits for the next one takes nothing of the Workflow Task that comes after it', async () => {
    await Promise.all([...children].map(kill));
    let early: unknown;
    // A slow machine gives the next one both at once, and it may take the Workflow Task first.
    for (let round = 1; early === undefined; round++) {
      assert.ok(round <= MOST_ROUNDS, 'no Query came ahead of a Workflow Task');
      early = await queriedAhead();
    }
    assert.ok(early instanceof QueryNotRegisteredError);
    assert.ok(early.message.includes(EARLY_QUERY), early.message);
    await replayAll(stack);
  });

  it('and a Query that another one gets takes nothing of a Workflow Task that was begun', async () => {
    await Promise.all([...children].map(kill));
    let early: unknown;
    for (let round = 1; early === undefined; round++) {
      assert.ok(round <= MOST_ROUNDS, 'no Query came amid a Workflow Task of the one that is frozen');
      early = await queriedAmid();
    }
    assert.ok(early instanceof QueryNotRegisteredError);
    assert.ok(early.message.includes(EARLY_QUERY), early.message);
    await replayAll(stack);
  });

  /** What the first Query failed with that one got while another was frozen amid a Workflow Task; undefined: it was not. */
  async function queriedAmid(): Promise<unknown> {
    const { id, handle } = await start({ delays: { cancelingMs: 3_600_000 } });
    const first = startProcess();
    await untilCalled(id, DESCRIBE, 3);
    const next = await stack.startWorker();
    const run = stack.client.workflow.getHandle(handle.id);
    try {
      first.kill('SIGSTOP');
      // They wait for the one that is frozen, which is given some of them, and is given up in two seconds.
      const asked = Array.from({ length: 4 }, () => thrownBy(run.query(PROGRESS_QUERY)));
      await sleep(300);
      await run.signal(POLL_NOW_SIGNAL);
      await sleep(500);
      const { events } = await run.fetchHistory();
      // Else it waits for the one that is frozen, or another has it.
      const isBegun = Boolean(events?.at(-1)?.workflowTaskStartedEventAttributes);
      // Those that the frozen one was given are never answered; on a slow machine, it may have been given all.
      const early = isBegun ? await Promise.race([firstRefused(asked), sleep(REFUSED_WITHIN_MS)]) : undefined;
      // Nobody gives it another; and by then the server has given up the Workflow Task, too.
      await kill(first);
      await sleep(10_000);
      assert.equal((await answeredInTime(() => handle.progress())).phase, 'proving');
      await answeredInTime(() => handle.abandon({ by: 'ada', reason: 'enough' }));
      await handle.verdict();
      return early;
    } finally {
      if (children.has(first)) await kill(first);
      await next.stop();
    }
  }

  async function queriedAhead(): Promise<unknown> {
    const { id, handle } = await start({ delays: { cancelingMs: 3_600_000 } });
    const first = startProcess();
    await untilCalled(id, DESCRIBE, 3);
    await kill(first);
    // For two seconds the server keeps for it what the run's next Workflow Task would be, but a Query no longer than those.
    const run = stack.client.workflow.getHandle(handle.id);
    const asked = thrownBy(run.query(PROGRESS_QUERY));
    const progress = handle.progress();
    progress.catch(() => {}); // It is awaited later.
    await sleep(500);
    await run.signal(POLL_NOW_SIGNAL);
    const next = await stack.startWorker();
    try {
      const thrown = await asked;
      assert.equal((await progress).phase, 'proving', 'our own clients ask again');
      await handle.abandon({ by: 'ada', reason: 'enough' });
      await handle.verdict();
      const { events } = await run.fetchHistory();
      const failed = events?.map((event) => event.workflowTaskFailedEventAttributes?.failure?.message);
      assert.ok(!failed?.includes(EARLY_QUERY), 'no Workflow Task was failed');
      return thrown;
    } finally {
      await next.stop();
    }
  }
});

/** What a call fails with; undefined: it does not. */
function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

/** The first of these failures that a Worker gave as its answer; undefined: none did. */
function firstRefused(failures: readonly Promise<unknown>[]): Promise<unknown> {
  const refusals = failures.map(async (failure) => {
    const thrown = await failure;
    return thrown instanceof QueryNotRegisteredError ? thrown : Promise.reject(new Error('no refusal'));
  });
  return Promise.any(refusals).catch(() => undefined);
}

/** On a slow machine, the server was seen to give a Workflow Task that had timed out to nobody for another 20 seconds. */
async function answeredInTime<T>(ask: () => Promise<T>): Promise<T> {
  for (const endsAtMs = performance.now() + ANSWERED_WITHIN_MS; ; await sleep(500)) {
    try {
      return await ask();
    } catch (thrown) {
      if (performance.now() > endsAtMs) throw thrown;
    }
  }
}
