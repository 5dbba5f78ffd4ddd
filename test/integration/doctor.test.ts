import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Finding } from '../../cli/doctor/finding.js';
import { parse } from 'yaml';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { workerDeployment } from '../../worker/worker-deployment.js';
import { CERTIFICATE_FILE } from '../cloud-front.js';
import { startApi } from '../api-server.js';
import { read, readCompose } from '../deploy-files.js';
import { SECRET_ENV, startStack, type Stack } from '../harness.js';

const BIN = resolve(import.meta.dirname, '../../../bin/quiesce.js');
const WRONG_SECRET = 'wrong-secret-0123456789-of-this-test';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

/** What the process then takes for the time; its clock runs on. */
const skewedBy = (ms: number) =>
  `--import data:text/javascript,${encodeURIComponent(
    `const Real=Date;globalThis.Date=class extends Real{constructor(...a){a.length===0?super(Real.now()+${ms}):super(...a)}static now(){return Real.now()+${ms}}}`,
  )}`;

interface Told {
  readonly code: number | null;
  readonly ok: boolean;
  readonly findings: readonly Pick<Finding, 'check' | 'ok' | 'says' | 'todo'>[];
  readonly text: string;
}

describe('quiesce doctor', () => {
  let stack: Stack;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    stack = await startStack({ extraArgs: ['--namespace', 'bare'] });
    folder = await mkdtemp(join(tmpdir(), 'quiesce-doctor-'));
    env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', TEMPORAL_ADDRESS: stack.address };
    for (const name of Object.values(SECRET_ENV)) env[name] = process.env[name];
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true });
  });

  async function configOf(more = '', endpoint = stack.endpoint): Promise<string> {
    const credentials = `{ accessKeyId: { env: ${SECRET_ENV.id} }, secretAccessKey: { env: ${SECRET_ENV.secret} } }`;
    const path = join(folder, 'quiesce.config.yaml');
    const sim = `{ provider: aws-fsx, region: eu-west-1, endpoint: "${endpoint}", credentials: ${credentials} }`;
    await writeFile(path, `connections:\n  sim: ${sim}\n${more}`);
    return path;
  }

  function run(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<[number | null, string]> {
    const child = spawn(process.execPath, [BIN, 'doctor', ...args], {
      cwd: folder,
      env: { ...env, ...more },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    return new Promise((done) => child.once('close', (code) => done([code, text])));
  }

  async function examine(config: string, more: NodeJS.ProcessEnv = {}): Promise<Told> {
    const [code, text] = await run(['--config', config, '--output', 'json'], more);
    return { code, text, ...(JSON.parse(text) as Pick<Told, 'ok' | 'findings'>) };
  }

  function problemsOf({ findings }: Told): string[] {
    return findings.filter(({ ok }) => !ok).map(({ check }) => check);
  }

  function findingOf({ findings }: Told, check: string) {
    const found = findings.find((each) => each.check.startsWith(check));
    assert.ok(found, check);
    return found;
  }

  it('finds nothing where all is well', async () => {
    const worker = await stack.startWorker();
    const told = await examine(await configOf());
    assert.deepEqual([told.code, told.ok, problemsOf(told)], [0, true, []], told.text);
    const checks = told.findings.map(({ check }) => check.replace(/127\.0\.0\.1:\d+/, 'host'));
    assert.deepEqual(checks, [
      'config',
      'encryption',
      'temporal',
      'search attributes',
      'clock of temporal',
      'workers',
      'connection sim',
      'clock of host',
    ]);
    assert.match(findingOf(told, 'workers').says, new RegExp(`1 Worker polls .*${process.pid}@`));
    const [code, text] = await run(['--config', await configOf()]);
    assert.equal(code, 0);
    assert.match(text, /^ok {7}temporal: .* answers, server \d/m);
    assert.match(text, /\nAll is well\.\n$/);
    await worker.stop();
  });

  it('no Worker polls, and Search Attributes are missing', async () => {
    // A namespace that nobody has ever polled: the server keeps old polls for minutes.
    const told = await examine(await configOf(), { TEMPORAL_NAMESPACE: 'bare' });
    assert.deepEqual([told.code, problemsOf(told)], [1, ['search attributes', 'workers']]);
    const { says, todo } = findingOf(told, 'workers');
    assert.match(says, /No Worker polls the Task Queue quiesce for Workflows in the namespace "bare"/);
    assert.match(todo ?? '', /quiesce worker/);
    const attributes = findingOf(told, 'search attributes').says;
    assert.match(attributes, /has no Search Attribute .*QuiesceTask.*: run `quiesce setup` once/);
  });

  it('Temporal does not answer: the rest is looked at all the same', async () => {
    const told = await examine(await configOf(), { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    assert.deepEqual([told.code, problemsOf(told)], [6, ['temporal']]);
    assert.match(
      findingOf(told, 'temporal').says,
      /No Temporal server answers at 127\.0\.0\.1:9 \(.*TEMPORAL_ADDRESS/,
    );
    assert.equal(findingOf(told, 'connection sim').ok, true);
  });

  it('there is no such namespace', async () => {
    const told = await examine(await configOf(), { TEMPORAL_NAMESPACE: 'nowhere' });
    assert.deepEqual([told.code, problemsOf(told)], [1, ['temporal']]);
    assert.match(findingOf(told, 'temporal').says, /has no namespace "nowhere"/);
  });

  it('the config is broken', async () => {
    const told = await examine(await configOf('workers: {}\n'), { TEMPORAL_NAMESPACE: 'nowhere' });
    assert.deepEqual([told.code, problemsOf(told)], [2, ['config', 'temporal']]);
    assert.match(findingOf(told, 'config').says, /workers is not known here \(did you mean worker\?\)/);
    const none = await examine(join(folder, 'none.yaml'), { TEMPORAL_NAMESPACE: 'nowhere' });
    assert.match(findingOf(none, 'config').says, /none\.yaml does not exist: create it/);
  });

  it('a key is wrong, and is not shown', async () => {
    const told = await examine(await configOf(), { [SECRET_ENV.secret]: WRONG_SECRET });
    const { says, todo } = findingOf(told, 'connection sim');
    assert.match(says, /aws-fsx eu-west-1 .*: InvalidSignatureException: /);
    assert.match(todo ?? '', /Mend the credential/);
    assert.ok(!told.text.includes(WRONG_SECRET));
    assert.ok(told.code !== 0);
  });

  it('a key is missing, and a cloud does not answer', async () => {
    const missing = await examine(await configOf(), { [SECRET_ENV.secret]: '' });
    assert.match(
      findingOf(missing, 'connection sim').says,
      /credentials\.secretAccessKey .*not set or empty/,
    );
    const away = await examine(await configOf('', 'http://127.0.0.1:9'));
    const { says, todo } = findingOf(away, 'connection sim');
    assert.match(says, /ECONNREFUSED/);
    assert.match(todo ?? '', /endpoint, HTTPS_PROXY/);
  });

  it("this machine's clock is wrong: Temporal and the vendor tell", async () => {
    const worker = await stack.startWorker();
    for (const [ms, where] of [
      [600_000, 'ahead of'],
      [-600_000, 'behind'],
    ] as const) {
      const told = await examine(await configOf(), { NODE_OPTIONS: skewedBy(ms) });
      assert.match(
        findingOf(told, 'clock of temporal').says,
        new RegExp(`is (10m|9m 5\\ds) ${where} that of Temporal`),
      );
      assert.match(
        findingOf(told, 'clock of 127').says,
        new RegExp(`is (10m( 1s)?|9m 5\\ds) ${where} that of 127`),
      );
      assert.match(findingOf(told, 'clock of temporal').todo ?? '', /NTP/);
      // Who polls is not misjudged by it.
      assert.equal(findingOf(told, 'workers').ok, true);
    }
    await worker.stop();
  });

  it('what the config says of callbacks and the HTTP service', async () => {
    const keysFile = join(folder, 'keys.json');
    const config = await configOf(`callbacks: { hosts: [hooks.example], secret: { env: HOOKS } }
api: { keysFile: ${keysFile}, tls: { cert: ${CERTIFICATE_FILE}, key: ${CERTIFICATE_FILE} } }
`);
    // Nobody polls in this namespace, and so this machine is no Worker's.
    const bare = { TEMPORAL_NAMESPACE: 'bare' };
    const bad = await examine(config, { ...bare, HOOKS: WRONG_SECRET });
    assert.match(findingOf(bad, 'callbacks to hooks.example').todo ?? '', /whsec_ and 24 to 64 bytes/);
    assert.match(findingOf(bad, 'api keys').says, /keys\.json does not exist/);
    assert.match(findingOf(bad, 'api keys').todo ?? '', /Make a key/);
    assert.match(findingOf(bad, 'api tls').says, /are no certificate and its key/);
    assert.ok(!bad.text.includes(WRONG_SECRET));

    await writeFile(keysFile, JSON.stringify({ keys: [] }), { mode: 0o600 });
    assert.match(
      findingOf(await examine(config, { HOOKS: WEBHOOK_SECRET }), 'api keys').says,
      /has no key that can be used/,
    );
    const good = await configOf(`callbacks: { hosts: [hooks.example], secret: { env: HOOKS } }
api: { tls: { cert: ${CERTIFICATE_FILE}, key: ${CERTIFICATE_FILE.replace(/crt$/, 'key')} } }
`);
    const well = await examine(good, { HOOKS: WEBHOOK_SECRET });
    assert.equal(findingOf(well, 'callbacks to hooks.example').ok, true);
    assert.match(findingOf(well, 'api tls').says, /is valid until 2/);
  });

  it('of the HTTP service, nothing need be where a Worker runs; where the service runs, it must', async () => {
    const worker = await stack.startWorker();
    const { api } = parse(read('deploy/example.config.yaml')) as { api: { keysFile: string } };
    const mounts = readCompose().services['worker']?.volumes ?? [];
    assert.ok(mounts.length > 0 && !mounts.some(({ target }) => api.keysFile.startsWith(target)));
    const running = await startApi(stack);
    const { port } = new URL(running.url);
    const section = JSON.stringify({ ...api, host: '127.0.0.1', port: Number(port) });
    try {
      const there = await examine(await configOf(`api: ${section}\n`));
      assert.deepEqual([there.code, problemsOf(there)], [1, ['api keys']], there.text);
    } finally {
      await running.close();
    }
    const config = await configOf(`api: ${section}\n`);
    const told = await examine(config);
    assert.deepEqual([told.code, problemsOf(told)], [0, []], told.text);
    assert.match(findingOf(told, 'api keys').says, /api-keys\.json is not here, but nor is the HTTP service/);
    const away = await examine(config, { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    assert.deepEqual(problemsOf(away), ['temporal'], away.text);
    // Neither a Worker nor the service runs here: this may be where the service does not start.
    const idle = await examine(config, { TEMPORAL_NAMESPACE: 'bare' });
    assert.equal(findingOf(idle, 'api keys').ok, false);
    // What is here must be well, whoever else is here.
    const keysFile = join(folder, 'others-keys.json');
    await writeFile(keysFile, 'not keys', { mode: 0o600 });
    const broken = await examine(await configOf(`api: { keysFile: ${keysFile} }\n`));
    assert.deepEqual(problemsOf(broken), ['api keys']);
    await worker.stop();
  });

  it('Workers have a build, and it is not the current one', async () => {
    const other = await startStack();
    const deployment = workerDeployment({ name: 'quiesce', buildId: '7.0', oldRuns: 'upgrade' }, {});
    const worker = await other.startWorker(undefined, undefined, deployment);
    const where = { TEMPORAL_ADDRESS: other.address };
    const told = await examine(await configOf(), where);
    const { says, todo } = findingOf(told, 'workers');
    assert.match(says, /deployment quiesce, no build is the current one; Workers of 7\.0 do/);
    const command = /`temporal (.*)`/.exec(todo ?? '')?.[1]?.split(' ') ?? [];
    const { path } = await provideTemporal({});
    await promisify(execFile)(path, [...command, '--yes', '--address', other.address]);
    const mended = findingOf(await examine(await configOf(), where), 'workers');
    assert.match(mended.says, /1 Worker polls .* \(quiesce 7\.0\)/);
    await worker.stop();
    await other.close();
  });

  it('Workers without a build do the new work, beside one whose build is not the current one: all is well', async () => {
    const other = await startStack();
    const deployment = workerDeployment({ name: 'quiesce', buildId: '7.0', oldRuns: 'upgrade' }, {});
    const workers = [await other.startWorker(), await other.startWorker(undefined, undefined, deployment)];
    const told = await examine(await configOf(), { TEMPORAL_ADDRESS: other.address });
    assert.match(findingOf(told, 'workers').says, /^2 Workers poll /);
    await Promise.all(workers.map((worker) => worker.stop()));
    await other.close();
  });

  it('encryption keys cannot be used', async () => {
    const told = await examine(await configOf(), { QUIESCE_ENCRYPTION_KEYS: WRONG_SECRET });
    assert.equal(told.code, 2);
    assert.equal(findingOf(told, 'encryption').ok, false);
    assert.ok(!told.text.includes(WRONG_SECRET));
  });
});
