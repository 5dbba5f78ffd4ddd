import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CancellationStatus, CancellationSummary } from '../../client/types.js';
import type { CancelResult } from '../../contract/cancellation.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { SECRET_ENV, startStack, type Stack } from '../harness.js';

const BIN = resolve(import.meta.dirname, '../../../bin/quiesce.js');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('the command quiesce, on a real Temporal server', () => {
  let stack: Stack;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    stack = await startStack();
    await stack.startWorker();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-cli-'));
    const credentials = `{ accessKeyId: { env: ${SECRET_ENV.id} }, secretAccessKey: { env: ${SECRET_ENV.secret} } }`;
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:
  sim: { provider: aws-fsx, region: eu-west-1, endpoint: ${stack.endpoint}, credentials: ${credentials} }
  down: { provider: aws-fsx, region: eu-west-1, endpoint: "http://127.0.0.1:9", credentials: ${credentials} }
`,
    );
    env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', TEMPORAL_ADDRESS: stack.address };
    for (const name of Object.values(SECRET_ENV)) env[name] = process.env[name];
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { ...env, ...more } });
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
    const ended = new Promise<Run>((done) => child.once('close', (code) => done({ code, ...text })));
    return { child, text, ended };
  }

  const quiesce = (...args: string[]): Promise<Run> => start(args).ended;

  async function seed(request: Partial<SeedRequest> = {}): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    assert.ok(task);
    return task.id;
  }

  it('cancel --wait ends with the verdict, and JSON is all there is on stdout', async () => {
    const id = await seed({ delays: { cancelingMs: 200 } });
    const { code, out, err } = await quiesce(
      'cancel',
      'sim',
      id,
      '--wait',
      '--output',
      'json',
      '--reason',
      'INC-42',
      '--requested-by',
      'ada',
    );
    assert.equal(err, '');
    assert.equal(code, 0);
    const result = JSON.parse(out) as CancelResult;
    assert.equal(out.trimEnd().split('\n').length, 1);
    assert.equal(result.verdict, 'canceled');
    assert.equal(result.task, `aws-fsx://sim/${id}`);
    assert.equal(result.evidence.lastState, 'CANCELED');
    assert.equal(result.requestedBy, 'ada');
    assert.equal(result.reason, 'INC-42');
  });

  it('text goes line by line into a pipe, without color, with the run in the Temporal UI', async () => {
    const id = await seed({ delays: { cancelingMs: 200 } });
    const { code, out } = await quiesce(
      'cancel',
      '--task',
      `aws-fsx://sim/${id}`,
      '--wait',
      '--ui-url',
      'http://ui:8233',
    );
    assert.equal(code, 0);
    assert.ok(!out.includes('\u001b'));
    assert.match(out, /✔ canceled {2}aws-fsx:\/\/sim\/task-/);
    assert.match(out, /last state +CANCELED, seen /);
    assert.match(
      out,
      new RegExp(
        `http://ui:8233/namespaces/default/workflows/cancel%2Faws-fsx%2Fsim%2F${id}/[0-9a-f-]{36}/history`,
      ),
    );
  });

  const ENDS: [
    title: string,
    request: Partial<SeedRequest>,
    args: string[],
    verdict: string,
    code: number,
  ][] = [
    ['finished first', { onCancel: 'finishFirst' }, [], 'completed', 0],
    ['already ended', { state: 'failed' }, [], 'failed', 0],
    ['refused', { onCancel: 'unsupported' }, [], 'refused', 4],
    ['unproven', { onCancel: 'stuckCanceling' }, ['--deadline', '700ms'], 'unproven', 3],
    ['dry run', {}, ['--dry-run'], 'would-cancel', 0],
  ];
  for (const [title, request, args, verdict, code] of ENDS) {
    it(`exit code ${code}: ${title}`, async () => {
      const run = await quiesce('cancel', 'sim', await seed(request), '--wait', '--output', 'json', ...args);
      assert.equal((JSON.parse(run.out) as CancelResult).verdict, verdict);
      assert.equal(run.code, code);
    });
  }

  it('exit code 5: a task nobody knows, and a cancellation nobody started', async () => {
    const unknown = 'task-00000000000000000';
    const never = await quiesce('status', `aws-fsx://sim/${unknown}`);
    assert.equal(never.code, 5);
    assert.match(never.err, /task-00000000000000000/);
    const { code, out } = await quiesce('cancel', 'sim', unknown, '--wait', '--output', 'json');
    assert.equal((JSON.parse(out) as CancelResult).verdict, 'not-found');
    assert.equal(code, 5);
  });

  it('exit code 6: Temporal is not there, said soon and with its address', async () => {
    const { code, out, err } = await start(['list'], { TEMPORAL_ADDRESS: '127.0.0.1:9' }).ended;
    assert.equal(code, 6);
    assert.equal(out, '');
    assert.match(err, /127\.0\.0\.1:9/);
    assert.ok(!err.includes('    at '), 'no stack');
  });

  const WRONG: [args: string[], says: RegExp][] = [
    [
      ['cancel', 'sin', 'task-0123456789abcdef0'],
      /no connection "sin" in .*\(did you mean sim\?\); it has sim, down/,
    ],
    [['cancel', 'sim', 'fs-1'], /task-0123456789abcdef0/],
    [['cancel', 'sim'], /taskId/],
    [['cancel', '--task', 'aws-fxs://sim/task-0123456789abcdef0'], /aws-fsx/],
    [['cancel', '--task', 'nonsense'], /nonsense/],
    [['cancel', '--task', 'aws-fsx://elsewhere/task-0123456789abcdef0'], /no connection "elsewhere"/],
    [['connections', '--config', 'missing.yaml'], /missing\.yaml/],
  ];
  for (const [args, says] of WRONG) {
    it(`exit code 2: quiesce ${args.join(' ')}`, async () => {
      const { code, out, err } = await quiesce(...args);
      assert.match(err, says);
      assert.equal(code, 2);
      assert.equal(out, '');
      assert.ok(!err.includes('    at '), 'no stack');
    });
  }

  it('Ctrl-C leaves the cancellation running and says how to come back; then it can be steered', async () => {
    const id = await seed({ onCancel: 'stuckCanceling' });
    const uri = `aws-fsx://sim/${id}`;
    const { child, text, ended } = start(['cancel', 'sim', id, '--wait', '--deadline', '1h']);
    await until(() => text.out.includes('CANCELING'));
    child.kill('SIGINT');
    const interrupted = await ended;
    assert.equal(interrupted.code, 130);
    assert.match(
      interrupted.err,
      new RegExp(`TEMPORAL_ADDRESS=\\S+ quiesce watch cancel/aws-fsx/sim/${id}\n`),
    );

    const status = JSON.parse((await quiesce('status', uri, '--output', 'json')).out) as CancellationStatus;
    assert.equal(status.workflowStatus, 'RUNNING');
    assert.equal(status.phase, 'proving');

    const again = await quiesce('cancel', 'sim', id, '--output', 'json');
    const { attached, id: sameId } = JSON.parse(again.out) as { attached: boolean; id: string };
    assert.equal(attached, true);
    assert.equal(sameId, status.id);

    assert.equal((await quiesce('poll-now', uri)).code, 0);
    const extended = await quiesce('extend', status.id, '--by', '2h', '--output', 'json');
    const { deadlineAt } = JSON.parse(extended.out) as { deadlineAt: string };
    assert.equal(Date.parse(deadlineAt) - Date.parse(status.startedAt) > 2.9 * 3_600_000, true);

    const watching = start(['watch', uri, '--output', 'json']);
    await until(() => watching.text.out !== '');
    assert.equal((await quiesce('abandon', uri, '--reason', 'gone', '--by', 'bob')).code, 0);
    const watched = await watching.ended;
    assert.equal(watched.code, 3);
    const changes = watched.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as CancellationStatus);
    assert.equal(changes.at(-1)?.result?.evidence.givenUp?.by, 'bob');

    const late = await quiesce('abandon', uri, '--reason', 'again');
    assert.equal(late.code, 1);
    assert.ok(!late.err.includes('    at '), 'no stack');
  });

  it('list finds what has ended, as one JSON array', async () => {
    const id = await seed({ delays: { cancelingMs: 100 } });
    await quiesce('cancel', 'sim', id, '--wait', '--requested-by', 'list-test');
    const found = async () => {
      const { out } = await quiesce('list', '--requested-by', 'list-test', '--output', 'json');
      return JSON.parse(out) as CancellationSummary[];
    };
    await until(async () => (await found())[0]?.verdict === 'canceled');
    assert.deepEqual(
      (await found()).map(({ task }) => task),
      [`aws-fsx://sim/${id}`],
    );
    assert.equal((await quiesce('list', '--requested-by', 'nobody', '--output', 'json')).out, '[]\n');
    const table = await quiesce('list', '--requested-by', 'list-test');
    assert.match(
      table.out,
      /^STATE +STARTED +REQUESTED BY +TASK\ncanceled +\S+ \S+ +list-test +aws-fsx:\/\/sim\/task-/,
    );
  });

  it('connections --check calls each connection and tells which fails, without a secret', async () => {
    const { code, out, err } = await quiesce('connections', '--check', '--output', 'json');
    assert.equal(code, 1);
    const [sim, down] = JSON.parse(out) as { name: string; where: string; check: { ok: boolean } }[];
    assert.equal(sim?.check.ok, true);
    assert.equal(sim?.where, `eu-west-1 ${stack.endpoint}`);
    assert.equal(down?.check.ok, false);
    assert.ok(!(out + err).includes(process.env[SECRET_ENV.secret] ?? '?'));
  });

  it('repeats no secret that is written into the config, whether it refuses the config or calls with it', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const keys = (id: string) => `{ accessKeyId: ${id}, secretAccessKey: { env: NOT_SET } }`;
    const fsx = 'provider: aws-fsx, region: eu-west-1, endpoint: "http://127.0.0.1:9"';
    for (const [settings, exitCode, message] of [
      [`${fsx}, credentials: ${keys(secret)}`, 2, /must be a reference/],
      [`${fsx}, ? [${secret}] : x`, 2, /is not known here/],
      [`${fsx}, credentials: "\\x${secret}"`, 2, /is no valid YAML/],
      [
        `${fsx}, credentials: ${keys(`{ file: ${secret} }`)}`,
        1,
        /credentials\.accessKeyId names cannot be read/,
      ],
      [`${fsx}, credentials: { profile: ${secret} }`, 1, /credentials\.profile names is not/],
    ] as const) {
      await writeFile(join(folder, 'leaky.yaml'), `connections: { leaky: { ${settings} } }`);
      const command = ['connections', '--check', '--config', 'leaky.yaml'];
      const more = { QUIESCE_DEBUG: '1', AWS_EC2_METADATA_DISABLED: 'true' };
      const { code, out, err } = await start(command, more).ended;
      assert.equal(code, exitCode, out + err);
      assert.match(out + err, message);
      assert.ok(!(out + err).includes(secret.slice(0, 8)), out + err);
    }
  });

  it('a pipe that closes early is no trouble', async () => {
    const { child, ended } = start(['list', '--output', 'json']);
    child.stdout.destroy();
    const { err } = await ended;
    assert.equal(err, '');
  });

  it('setup may be run again', async () => {
    const { code, out } = await quiesce('setup');
    assert.equal(code, 0);
    assert.match(out, /^Nothing to do; namespace default has all \d+ Search Attributes\.$/m);
  });

  it('setup creates a Nexus Endpoint, once', async () => {
    const [first, second] = [await setupEndpoint(), await setupEndpoint()];
    assert.deepEqual(JSON.parse(first.out).nexusEndpoint, { name: 'quiesce', created: true });
    assert.deepEqual(JSON.parse(second.out).nexusEndpoint, { name: 'quiesce', created: false });
    const wrong = await quiesce('setup', '--nexus-endpoint', 'no name');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /^The server did not create the Nexus Endpoint "no name": .*\.$/m);
  });

  const setupEndpoint = () => quiesce('setup', '--nexus-endpoint', 'quiesce', '--output', 'json');

  it('connection names are completed from the config', async () => {
    assert.equal((await quiesce('__complete', '--', 'cancel', 's')).out, 'sim\t\n');
  });
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < giveUpAt, 'it did not come to that within 20 seconds');
    await new Promise((done) => setTimeout(done, 50));
  }
}
