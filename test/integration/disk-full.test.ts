import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { postCancellation, seedTask, sendTo } from '../api-server.js';
import { SECRET_ENV, startStack, type Stack } from '../harness.js';
import { lowPorts } from '../low-ports.js';

const QUIESCE = join(import.meta.dirname, '../../../bin/quiesce.js');
/** Linux answers every write to it with "no space left on device". */
const FULL = '/dev/full';
/** What a file may hold at most, in the shell's unit: a write that reaches beyond is done in part, the next one is refused. */
const FILE_KIB = 1;

describe('a disk that is full', { timeout: 180_000, skip: !existsSync(FULL) }, () => {
  let stack: Stack;
  let folder: string;
  let config: string;

  before(async () => {
    stack = await startStack();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-full-'));
    config = join(folder, 'quiesce.config.yaml');
    const { id, secret } = SECRET_ENV;
    const credentials = `{ accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }`;
    const connection = `provider: aws-fsx, region: eu-west-1, endpoint: "${stack.endpoint}", pollEvery: 100ms`;
    await writeFile(config, `connections:\n  sim: { ${connection}, credentials: ${credentials} }\n`);
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true });
  });

  const env = () => ({ ...process.env, TEMPORAL_ADDRESS: stack.address, QUIESCE_LOG_LEVEL: 'DEBUG' });

  /** Runs a service whose output has no room, for as long as `use` takes. */
  async function whileRunning(
    args: readonly string[],
    use: (isRunning: () => boolean) => Promise<void>,
  ): Promise<void> {
    const full = openSync(FULL, 'w');
    const service = spawn(process.execPath, [QUIESCE, ...args, '--config', config], {
      env: env(),
      stdio: ['ignore', full, full],
    });
    closeSync(full);
    const ended = once(service, 'exit');
    try {
      const gone = ended.then(([code]) => assert.fail(`${args[0]} has ended: ${String(code)}`));
      await Promise.race([use(() => service.exitCode === null), gone]);
    } finally {
      service.kill('SIGTERM');
      await ended;
    }
  }

  it('takes its log from a Worker, and nothing else', async () => {
    await whileRunning(['worker'], async () => {
      for (let count = 0; count < 3; count++) {
        const handle = await stack.quiesce.cancel(await seedTask(stack), { deadlineAfterMs: 60_000 });
        assert.equal((await handle.verdict()).verdict, 'canceled');
      }
    });
  });

  it('takes its log from the HTTP service, and nothing else', async () => {
    const [port] = await lowPorts('127.0.0.1', 1);
    const url = `http://127.0.0.1:${port}`;
    const statusOf = async (path: string) => (await sendTo(url, 'GET', path)).status;
    await whileRunning(
      ['api', '--no-auth', '--port', String(port), '--drain-for', '1s'],
      async (isRunning) => {
        while (isRunning() && (await statusOf('/healthz').catch(() => 0)) === 0) await sleep(100);
        for (let count = 0; count < 3; count++) {
          assert.equal((await postCancellation(url, { task: await seedTask(stack) })).status, 202);
          assert.equal(await statusOf('/v1/cancellations'), 200);
          assert.equal(await statusOf('/nowhere'), 404);
        }
      },
    );
  });

  it('is told to whoever wanted to read what a command prints', async () => {
    const full = openSync(FULL, 'w');
    const command = spawn(process.execPath, [QUIESCE, '--help'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const { code, err } = await endOf(command);
    assert.equal(code, 1);
    assert.match(err, /^Not all could be printed: ENOSPC.*\.\n$/);
  });

  it('is told also where a file has taken the beginning, of whatever is printed', async () => {
    for (let count = 0; count < 8; count++) await stack.quiesce.cancel(await seedTask(stack));
    while ((await stack.client.workflow.count('WorkflowType = "cancelTask"')).count < 8) await sleep(100);
    for (const args of [['--help'], ['list', '--output', 'json'], ['audit']]) {
      const file = join(folder, args[0] ?? '');
      const script = `ulimit -f ${FILE_KIB}; exec "$@" > "$0"`;
      const command = spawn('bash', ['-c', script, file, process.execPath, QUIESCE, ...args], {
        env: env(),
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      const { code, err } = await endOf(command);
      assert.equal((await stat(file)).size, FILE_KIB * 1_024, args[0]);
      assert.equal(code, 1, args[0]);
      assert.match(err, /^Not all could be printed: EFBIG.*\.\n$/, args[0]);
    }
  });
});

async function endOf(command: ChildProcess): Promise<{ readonly code: number; readonly err: string }> {
  let err = '';
  command.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(command, 'close')) as [number];
  return { code, err };
}
