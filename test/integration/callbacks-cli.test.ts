import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { webhookId, type CallbackResult } from '../../contract/callback.js';
import type { CampaignInput } from '../../contract/campaign.js';
import { callbackWorkflowId, campaignWorkflowId } from '../../contract/names.js';
import { CERTIFICATE, startReceiver, type CallbackReceiver } from '../callback-receiver.js';
import { SECRET_ENV, startStack, type Stack } from '../harness.js';

const QUIESCE = join(import.meta.dirname, '../../../bin/quiesce.js');

/** With the command line alone: `quiesce worker` and `quiesce cancel --callback-url`. */
describe('a callback from the command line', () => {
  let stack: Stack;
  let folder: string;
  let receiver: CallbackReceiver;
  let tls: CallbackReceiver;
  const children = new Set<ChildProcess>();

  before(async () => {
    stack = await startStack();
    receiver = await startReceiver();
    tls = await startReceiver({ tls: true });
    folder = await mkdtemp(join(tmpdir(), 'quiesce-callback-crash-'));
    const { id, secret } = SECRET_ENV;
    const credentials = `{ accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }`;
    const settings = `provider: aws-fsx, region: eu-west-1, endpoint: "${stack.endpoint}", pollEvery: 100ms`;
    const hosts = [
      { host: `127.0.0.1:${receiver.port}`, allowPrivate: true, allowInsecure: true },
      { host: `localhost:${tls.port}`, allowPrivate: true, secret: { env: 'TLS_SECRET' } },
      { host: `127.0.0.1:${tls.port}`, allowPrivate: true, secret: { env: 'TLS_SECRET' } },
    ];
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:\n  sim: { ${settings}, credentials: ${credentials} }
callbacks: { secret: { env: CALLBACK_SECRET }, hosts: ${JSON.stringify(hosts)} }\n`,
    );
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await stack.close();
    receiver.close();
    tls.close();
    await rm(folder, { recursive: true });
  });

  function quiesce(...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [QUIESCE, ...args], {
      cwd: folder,
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: stack.address,
        CALLBACK_SECRET: receiver.secret,
        TLS_SECRET: tls.secret,
        NODE_EXTRA_CA_CERTS: CERTIFICATE,
      },
      stdio: ['ignore', 'pipe', args[0] === 'worker' ? 'ignore' : 'pipe'],
    });
    children.add(child);
    return child;
  }

  it('whose Worker is killed before the receiver has answered: the next one delivers it, under the same id', async () => {
    let held = 0;
    const url = receiver.address('killed', (response, attempt) => {
      if (attempt === 1) held += 1;
      else response.writeHead(204).end();
    });
    const first = quiesce('worker');
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const asked = quiesce('cancel', 'sim', task!.id, '--callback-url', url, '--wait', '--output', 'json');
    let output = '';
    asked.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(asked, 'exit')) as [number];
    assert.equal(code, 0);
    const verdict = JSON.parse(output) as { runId: string; verdict: string };
    await receiver.until(url);
    assert.equal(held, 1);
    first.kill('SIGKILL');
    await once(first, 'exit');

    const second = quiesce('worker');
    const id = webhookId(verdict.runId, url);
    const result: CallbackResult = await stack.client.workflow.getHandle(callbackWorkflowId(id)).result();
    assert.deepEqual([result.attempts, result.status], [2, 204]);
    const seen = receiver.at(url);
    assert.deepEqual(
      seen.map(({ webhookId: each }) => each),
      [id, id],
    );
    assert.deepEqual(seen[0]!.payload, seen[1]!.payload);
    assert.deepEqual(seen[0]!.payload.data, verdict);
    second.kill('SIGKILL');
    await once(second, 'exit');
  });

  it('is refused where the config does not allow its host, and its address is not repeated', async () => {
    for (const [url, message] of [
      [
        'https://hooks.example.com/token-1',
        /^hooks\.example\.com is not among callbacks\.hosts in the config\./,
      ],
      ['https://ada:token-1@hooks.example.com/', /^--callback-url must be an http or https address such as/],
    ] as const) {
      const asked = quiesce('cancel', 'sim', 'task-0123456789abcdef0', '--callback-url', url);
      let said = '';
      asked.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(asked, 'close')) as [number];
      assert.equal(code, 2);
      assert.match(said, message);
      assert.doesNotMatch(said, /token-1/);
    }
  });

  it('goes over TLS, with the host’s own secret, and to nobody whose certificate is another’s', async () => {
    const worker = quiesce('worker');
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const uri = `aws-fsx://sim/${task!.id}`;
    const url = tls.address('x');
    const other = url.replace('localhost', '127.0.0.1');
    const handle = await stack.quiesce.cancel(uri, { callbackUrl: url });
    await handle.addCallback(other);
    const { runId } = await handle.verdict();
    const delivery = (to: string) =>
      stack.client.workflow.getHandle(callbackWorkflowId(webhookId(runId, to)));
    await delivery(url).result();
    assert.equal(tls.at(url).length, 1);
    for (let message = ''; !/ERR_TLS_CERT_ALTNAME_INVALID/.test(message); await sleep(50)) {
      const { raw } = await delivery(other).describe();
      message = raw.pendingActivities?.[0]?.lastFailure?.message ?? '';
    }
    assert.equal(tls.at(url).length + tls.forged(), 1);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  });

  it('tells the end of a campaign', async () => {
    const worker = quiesce('worker');
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 2 });
    await writeFile(
      join(folder, 'tasks.csv'),
      `task\n${tasks.map(({ id }) => `aws-fsx://sim/${id}`).join('\n')}\n`,
    );
    const url = receiver.address('campaign');
    const args = ['--from', 'tasks.csv', '--reason', 'a test', '--yes', '--wait', '--callback-url', url];
    const [code] = (await once(quiesce('campaign', 'start', ...args), 'exit')) as [number];
    assert.equal(code, 0);
    const [{ payload }] = await receiver.until(url);
    assert.ok('verdicts' in payload.data);
    assert.deepEqual([payload.type, payload.data.verdicts], ['campaign.ended', { canceled: 2 }]);

    const { id } = payload.data;
    const again = receiver.address('retried');
    const [retried] = (await once(
      quiesce('campaign', 'retry', id, '--outcome', 'canceled', '--callback-url', again),
      'exit',
    )) as [number];
    assert.equal(retried, 0);
    const [{ payload: second }] = await receiver.until(again);
    assert.ok('verdicts' in second.data);
    assert.notEqual(second.data.id, id);
    worker.kill('SIGKILL');
  });

  it('is part of a schedule', async () => {
    const url = receiver.address('nightly');
    const when = ['--cron', '0 2 * * *', '--connection', 'sim', '--state', 'EXECUTING', '--reason', 'a test'];
    const made = quiesce('campaign', 'schedule', 'create', 'nightly', ...when, '--callback-url', url);
    assert.deepEqual(await once(made, 'exit'), [0, null]);
    const { action } = await stack.client.schedule.getHandle(campaignWorkflowId('nightly')).describe();
    const [input] = action.args as [CampaignInput];
    assert.equal(input.callbackUrl, url);
  });
});
