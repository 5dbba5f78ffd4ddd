import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, SECRET_ENV, type Stack } from '../harness.js';

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
});
