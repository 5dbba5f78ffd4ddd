import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CERTIFICATE_FILE, startCloudFront } from '../cloud-front.js';
import { startStack, type Stack } from '../harness.js';

const ROOT = resolve(import.meta.dirname, '../../..');
/** The one in Python is run by `npm run test:official`. */
const EXAMPLES = readdirSync(join(ROOT, 'examples')).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? []);

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What docs/client.md tells people to write, run as they would run it. */
describe('the examples of docs/client.md', { timeout: 300_000 }, () => {
  const ran = new Set<string>();
  let stack: Stack;
  let folder: string;

  before(async () => {
    stack = await startStack({ everyMs: 100 });
    await stack.startWorker();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-examples-'));
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true, force: true });
  });

  function run(example: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    ran.add(example);
    const child = spawn(process.execPath, [join(ROOT, 'dist/examples', `${example}.js`), ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, TEMPORAL_ADDRESS: stack.address, ...env },
    });
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
    return new Promise((done) => child.once('close', (code) => done({ code, ...text })));
  }

  async function seed(request = {}): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
    return tasks.map(({ id }) => `aws-fsx://sim/${id}`);
  }

  it('cancel-and-wait: the verdict, with the cloud’s word', async () => {
    const [task = ''] = await seed({ delays: { cancelingMs: 300 } });
    const { code, out, err } = await run('cancel-and-wait', [task]);
    assert.equal(err, '');
    assert.match(
      out,
      /^started cancel\/aws-fsx\/sim\/task-\w+\ncanceled, the cloud says CANCELED \(asked 1 times\)\n$/,
    );
    assert.equal(code, 0);
  });

  it('cancel-and-wait: no success where nothing is proven', async () => {
    const [task = ''] = await seed({ onCancel: 'unsupported' });
    const { code, out } = await run('cancel-and-wait', [task]);
    assert.match(out, /^refused, the cloud says EXECUTING/m);
    assert.equal(code, 1);
  });

  it('watch-and-abandon: the story as it goes, and its end', async () => {
    const [task = ''] = await seed({ delays: { cancelingMs: 2_500 } });
    const { out, err } = await run('watch-and-abandon', [task]);
    assert.equal(err, '');
    assert.match(out, /^proving: CANCELING/m);
    assert.match(out, /\nended as canceled\n$/);
  });

  it('watch-and-abandon: gives up waiting when its time is over', async () => {
    const [task = ''] = await seed({ onCancel: 'stuckCanceling' });
    const { out, err } = await run('watch-and-abandon', [task, '2000']);
    assert.equal(err, '');
    assert.match(out, /\nended as unproven \(nobody waits for it any longer\)\n$/);
  });

  it('run-a-campaign: a plan, a start, steering, and a row for each task', async () => {
    const tasks = await seed({ count: 6, delays: { cancelingMs: 2_000 } });
    const [kept = ''] = await seed({ ids: ['task-0abcdef0123456789'] });
    const file = join(folder, 'targets.csv');
    await writeFile(file, `task\n${[...tasks, kept].join('\n')}\n`);
    const { code, out, err } = await run('run-a-campaign', [file]);
    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(out, /^6 of 7 would be canceled, 1 are protected\n/);
    assert.match(
      out,
      /\nended as done: \{ canceled: 6, protected: 1 \}|\nended as done: \{ protected: 1, canceled: 6 \}/,
    );
    for (const task of tasks) assert.ok(out.includes(`\n${task},canceled,CANCELED,\n`), out);
    assert.ok(out.includes(`\n${kept},protected,`), out);
    const states = await stack.simulator.calls({
      taskId: 'task-0abcdef0123456789',
      operation: 'CancelDataRepositoryTask',
    });
    assert.deepEqual(states, []);
  });

  it('answer-errors: a status and a sentence for each', async () => {
    const [task = ''] = await seed();
    assert.equal((await run('answer-errors', [task])).out, '200 canceled\n');
    assert.match((await run('answer-errors', ['nonsense'])).out, /^400 "nonsense" is no task URI/);
    const elsewhere = task.replace('sim', 'elsewhere');
    assert.match((await run('answer-errors', [elsewhere])).out, /^502 UnknownConnection: .*elsewhere/);
    const down = { TEMPORAL_ADDRESS: '127.0.0.1:9' };
    assert.match((await run('answer-errors', [task], down)).out, /^503 No Temporal server answers at 127/);
    const broken = { TEMPORAL_PROFILE: 'missing' };
    assert.match((await run('answer-errors', [task], broken)).out, /^500 Temporal's own configuration/);
  });

  it('temporal-cloud: over TLS, with a key from a file', async () => {
    const front = await startCloudFront(stack.address, 'the-key');
    const keyFile = join(folder, 'api-key');
    const env = { TEMPORAL_ADDRESS: '', TEMPORAL_TLS_SERVER_CA_CERT_PATH: CERTIFICATE_FILE };
    try {
      const list = () => run('temporal-cloud', [front.address, 'default', keyFile], env);
      await writeFile(keyFile, 'the-key\n');
      const { code, out, err } = await list();
      assert.equal(err, '');
      assert.equal(code, 0);
      assert.match(out, /^\d{4}-\S+Z cancel\/aws-fsx\/sim\/task-\w+ canceled$/m);
      assert.ok(front.letIn() > 1, `${front.letIn()} calls`);

      await writeFile(keyFile, 'another\n');
      const refused = await list();
      assert.match(refused.err, /TemporalConfigError: Temporal at localhost:\d+ does not let this caller in/);
      assert.doesNotMatch(refused.err, /another/);
      assert.equal(refused.out, '');
    } finally {
      await front.close();
    }
  });

  it('are all run here, and stand in the page as they are', () => {
    assert.deepEqual([...ran].sort(), EXAMPLES.sort());
    const page = readFileSync(join(ROOT, 'docs/client.md'), 'utf8');
    const shown = page.matchAll(
      /^\[`examples\/(.+)\.ts`\]\(\.\.\/examples\/\1\.ts\):\n\n```ts\n([\s\S]*?)```$/gm,
    );
    const files = EXAMPLES.map((name) => [name, readFileSync(join(ROOT, 'examples', `${name}.ts`), 'utf8')]);
    assert.deepEqual(
      Object.fromEntries([...shown].map(([, name, text]) => [name, text])),
      Object.fromEntries(files),
    );
  });
});
