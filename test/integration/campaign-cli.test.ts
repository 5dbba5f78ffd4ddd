import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { CampaignStatus, ReportRow } from '../../client/index.js';
import type { Plan } from '../../contract/campaign.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { SECRET_ENV, simulatedConnection, startStack, type Stack } from '../harness.js';

const BIN = resolve(import.meta.dirname, '../../../bin/quiesce.js');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('quiesce campaign, on a real Temporal server', { timeout: 600_000 }, () => {
  let stack: Stack;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    const connect = (...args: Parameters<typeof simulatedConnection>) => {
      const sim = simulatedConnection(...args);
      return [sim, { ...sim, name: 'second', settings: { ...sim.settings, region: 'us-east-1' } }];
    };
    stack = await startStack({ everyMs: 100, connect });
    await stack.startWorker();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-campaign-cli-'));
    const credentials = `{ accessKeyId: { env: ${SECRET_ENV.id} }, secretAccessKey: { env: ${SECRET_ENV.secret} } }`;
    const at = (region: string) =>
      `{ provider: aws-fsx, region: ${region}, endpoint: ${stack.endpoint}, credentials: ${credentials} }`;
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:\n  sim: ${at('eu-west-1')}\n  second: ${at('us-east-1')}\n`,
    );
    env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', TEMPORAL_ADDRESS: stack.address };
    for (const name of Object.values(SECRET_ENV)) env[name] = process.env[name];
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[], input = '') {
    const child = spawn(process.execPath, [BIN, 'campaign', ...args], { cwd: folder, env });
    child.stdin.end(input);
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
    const ended = new Promise<Run>((done) => child.once('close', (code) => done({ code, ...text })));
    return { child, text, ended };
  }

  const campaign = (...args: string[]): Promise<Run> => start(args).ended;

  async function seed(count: number, request: Partial<SeedRequest> = {}): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count, ...request });
    return tasks.map(({ id }) => id);
  }

  const csv = (ids: readonly string[]) => ['connection,taskId', ...ids.map((id) => `sim,${id}`)].join('\n');

  async function file(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return name;
  }

  /** The ids of a campaign started from these targets. */
  async function started(ids: readonly string[], ...more: string[]): Promise<string> {
    const run = start(
      ['start', '--from', '-', '--reason', 'a test', '--yes', '--output', 'json', ...more],
      csv(ids),
    );
    const { code, out, err } = await run.ended;
    assert.equal(code, 0, err);
    return (JSON.parse(out) as { id: string }).id;
  }

  async function status(id: string): Promise<CampaignStatus> {
    const { code, out, err } = await campaign('status', id, '--output', 'json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as CampaignStatus;
  }

  async function until(id: string, isSo: (summary: CampaignStatus) => boolean): Promise<CampaignStatus> {
    for (;;) {
      const summary = await status(id);
      if (isSo(summary)) return summary;
    }
  }

  async function askedOf(ids: readonly string[]): Promise<number> {
    const tasks = await stack.simulator.tasks({ provider: 'aws-fsx' });
    return tasks.filter(({ id, cancelRequestedAt }) => cancelRequestedAt && ids.includes(id)).length;
  }

  it('a plan says what is in its way, and when nothing of it is protected', async () => {
    const ids = await seed(2);
    const from = await file('unprotected.csv', csv(ids));
    const denied = await stack.simulator.fault({
      kind: 'error',
      status: 400,
      code: 'AccessDeniedException',
      times: 'always',
      match: { taskIds: ids },
    });
    const run = start(['plan', '--from', from, '--protect', 'fs-0123456789abcdef0', '--reason', 'x']);
    while (!run.text.err.includes('AccessDeniedException')) await new Promise((done) => setTimeout(done, 50));
    await stack.simulator.clearFault(denied);
    const { code, err } = await run.ended;
    assert.equal(code, 0, err);
    assert.match(err, /^! Provider\.denied: .*AccessDeniedException.*; it is tried again by itself$/m);
    assert.match(err, /^! --protect names none of the targets/m);
  });

  it('a plan says what would happen and asks nothing; its start asks, and watch tells the end', async () => {
    const running = await seed(20, { delays: { cancelingMs: 300 } });
    const ended = await seed(3, { state: 'completed' });
    const [kept = ''] = running;
    const from = await file('targets.csv', csv([...running, ...ended, ...ended.slice(1)]));
    const keep = await file('keep.txt', `# keep this one\n${kept}\n\n`);
    const plan = [
      'plan',
      '--connection',
      'sim',
      '--from',
      from,
      '--protect',
      `@${keep}`,
      '--reason',
      'INC-42',
    ];
    const planned = await campaign(...plan, '--output', 'json');
    assert.equal(planned.code, 0, planned.err);
    assert.equal(planned.err, 'Left out: 2 duplicates; a task that is named twice is one target.\n');
    const {
      id,
      phase,
      targets,
      plan: found,
    } = JSON.parse(planned.out) as {
      id: string;
      phase: string;
      targets: number;
      plan: Plan;
    };
    assert.deepEqual([phase, targets], ['planned', 23]);
    assert.deepEqual([found.wouldCancel, found.hasEnded, found.protected], [19, 3, 1]);
    assert.equal(await askedOf(running), 0);
    const text = await campaign('status', id);
    assert.match(
      text.out,
      /^Plan .* {2}23 targets, looked at .*; nothing has been asked\.\n\n {2}19 {2}would be canceled\n/,
    );
    assert.ok(
      text.out.endsWith(`Start it with:\n  TEMPORAL_ADDRESS=${stack.address} quiesce campaign start ${id}\n`),
    );

    const begun = await campaign('start', id, '--output', 'json');
    assert.deepEqual([begun.code, JSON.parse(begun.out)], [0, { id }]);
    const watched = await campaign('watch', id);
    assert.equal(watched.code, 0, watched.err);
    assert.ok(!watched.out.includes('\u001b'));
    assert.match(watched.out, /✔ done .*\n {2}Every target has its verdict\.\n/);
    assert.match(watched.out, /canceled +19 .*\n.*completed +3 .*\n.*protected +1 /);
    assert.equal(await askedOf([kept]), 0);
    assert.deepEqual(await status(id), {
      id,
      phase: 'ended',
      targets: 23,
      verdicts: { canceled: 19, completed: 3, protected: 1 },
      asked: 19,
      calls: (await status(id)).calls,
      etaMs: 0,
    });
  });

  it('every bad line is told with its number, and nothing starts', async () => {
    const [id = ''] = await seed(1);
    const from = await file('bad.csv', `connection,taskId\nsim,${id}\nsim,task-0\nnowhere,${id}\n`);
    const { code, out, err } = await campaign('start', '--from', from, '--reason', 'x', '--yes');
    assert.deepEqual([code, out], [2, '']);
    const [headline, ...lines] = err.trimEnd().split('\n');
    assert.equal(headline, 'bad.csv cannot be used, 2 problems. Nothing was started.');
    assert.match(lines[0] ?? '', /^ {2}3: "task-0" is no taskId/);
    assert.match(lines[1] ?? '', /^ {2}4: There is no connection nowhere; the config has sim, second\.$/);
    assert.equal(await askedOf([id]), 0);
  });

  it('a selector finds what each of its options says, and starts for that alone', async () => {
    const fileSystem = 'fs-0aaaaaaaaaaaaaaa1';
    const one = async (details: object, request: Partial<SeedRequest>) => {
      const [id = ''] = await seed(1, { details: { fileSystemId: fileSystem, ...details }, ...request });
      return id;
    };
    const waiting = await one({}, { state: 'waiting', delays: { waitingMs: 3_600_000 } });
    const young = await one({}, { delays: { waitingMs: 0 } });
    const release = await one({ type: 'RELEASE_DATA_FROM_FILESYSTEM' }, { delays: { waitingMs: 0 } });
    const old = await one({}, { delays: { waitingMs: 2 * 86_400_000, cancelingMs: 100 } });
    const selector = ['--connection', 'sim', '--file-system', fileSystem, '--reason', 'a test'];
    for (const [options, expected] of [
      [[], [waiting, young, release, old]],
      [['--state', 'PENDING'], [waiting]],
      [
        ['--state', 'EXECUTING', 'PENDING', '--type', 'EXPORT_TO_REPOSITORY'],
        [waiting, young, old],
      ],
      [['--type', 'RELEASE_DATA_FROM_FILESYSTEM'], [release]],
      [['--older-than', '1d'], [old]],
    ] as const) {
      const planned = await campaign('plan', ...selector, ...options, '--output', 'json');
      assert.equal(planned.code, 0, planned.err);
      const { id } = JSON.parse(planned.out) as { id: string };
      const { out } = await campaign('report', id, '--format', 'json');
      const found = (JSON.parse(out) as ReportRow[]).map(({ task }) => task.split('/').at(-1) ?? '');
      assert.deepEqual(found.toSorted(), [...expected].toSorted(), options.join(' '));
    }
    const done = await campaign('start', ...selector, '--older-than', '1d', '--yes', '--wait');
    assert.equal(done.code, 0, done.err);
    assert.deepEqual([await askedOf([old]), await askedOf([waiting, young, release])], [1, 0]);
  });

  it('a selector looks in each connection that is given', async () => {
    const fileSystem = 'fs-0aaaaaaaaaaaaaaa2';
    const [id] = await seed(1, { details: { fileSystemId: fileSystem } });
    const both = ['--connection', 'sim', '--connection', 'second', '--connection', 'sim'];
    const options = ['--file-system', fileSystem, '--reason', 'a test', '--output', 'json'];
    const planned = await campaign('plan', ...both, ...options);
    assert.equal(planned.code, 0, planned.err);
    const { id: plan } = JSON.parse(planned.out) as { id: string };
    const { out } = await campaign('report', plan, '--format', 'json');
    const found = (JSON.parse(out) as ReportRow[]).map(({ task }) => task);
    assert.deepEqual(found.toSorted(), [`aws-fsx://second/${id}`, `aws-fsx://sim/${id}`]);
    const from = await file('one.csv', csv([id ?? '']));
    const given = await campaign('plan', '--from', from, ...both, '--reason', 'a test');
    assert.equal(given.code, 2);
    assert.match(given.err, /^--connection is of the rows of --from that name none: give it once, /);
  });

  it('more targets than --max-targets, and more drift than --max-drift, are refused in a sentence', async () => {
    const ids = await seed(4, { delays: { cancelingMs: 100 } });
    const from = await file('four.csv', csv(ids));
    const many = await campaign('start', '--from', from, '--reason', 'x', '--yes', '--max-targets', '3');
    assert.equal(many.code, 8);
    assert.match(many.err, /^The campaign may have 3 targets at most, and there are more\.\n$/);
    const planned = await campaign('plan', '--from', from, '--reason', 'x', '--output', 'json');
    const { id } = JSON.parse(planned.out) as { id: string };
    await stack.quiesce.cancel(`aws-fsx://sim/${ids[0]}`).then((handle) => handle.verdict());
    const drifted = await campaign('start', id);
    assert.equal(drifted.code, 8);
    assert.match(drifted.err, /^1 of the targets is no longer as the plan saw it, /);
    assert.equal(await askedOf(ids), 1, 'the one that was canceled beside it');
    const again = await campaign('start', id, '--wait');
    assert.equal(again.code, 0, again.err);
  });

  it('is paused, slowed down, resumed and aborted; what was asked is proven, and the rest can be done again', async () => {
    // So many that none of the commands below comes too late, however slow the machine.
    const ids = await seed(400, { delays: { cancelingMs: 200 } });
    const id = await started(ids, '--rate', '2/s');
    await until(id, ({ calls }) => calls.asks >= 2);
    const paused = await campaign('pause', id, '--reason', 'alarms', '--by', 'ann');
    assert.match(paused.out, /is paused: nothing more is asked/);
    assert.equal((await until(id, ({ phase }) => phase === 'paused')).etaMs, null);
    assert.match(
      (await campaign('status', id)).out,
      /^paused[^]*Paused by ann: alarms[^]*Go on with:\n.*campaign resume /,
    );
    const rate = await campaign('rate', id, '1/s', '--output', 'json');
    assert.deepEqual(JSON.parse(rate.out), { id, callsPerSecond: 1 });
    assert.match((await campaign('status', id)).out, /at most 1\/s a connection/);
    assert.equal((await campaign('resume', id)).code, 0);
    await until(id, ({ phase }) => phase === 'running');
    const aborted = await campaign('abort', id, '--reason', 'wrong list');
    assert.deepEqual([aborted.code, aborted.err], [0, '']);
    const end = await campaign('watch', id, '--output', 'json');
    assert.equal(end.code, 7);
    const { verdicts, targets } = JSON.parse(end.out.trimEnd().split('\n').at(-1) ?? '') as CampaignStatus;
    const { canceled = 0, 'left-alone': left = 0 } = verdicts;
    assert.deepEqual([canceled + left, targets], [400, 400]);
    assert.ok(canceled >= 2 && left > 0, `${canceled} ${left}`);
    assert.equal(await askedOf(ids), canceled);
    const running = await campaign('retry', id, '--output', 'json');
    assert.equal(running.code, 0, running.err);
    const retried = (JSON.parse(running.out) as { id: string }).id;
    assert.equal((await campaign('watch', retried)).code, 0);
    assert.deepEqual((await status(retried)).verdicts, { canceled: left });
    const nothing = await campaign('retry', retried);
    assert.deepEqual([nothing.code, nothing.err.includes('Nothing was started.')], [1, true]);
  });

  it('a wave waits for its approval', async () => {
    const ids = await seed(10, { delays: { cancelingMs: 100 } });
    const id = await started(ids, '--waves', '2,100%', '--approve-each-wave');
    await until(id, ({ phase }) => phase === 'waiting-for-approval');
    assert.equal(await askedOf(ids), 2);
    assert.match((await campaign('status', id)).out, /Let the next wave go with:\n.*campaign approve /);
    assert.equal((await campaign('approve', id)).code, 0);
    assert.equal((await campaign('watch', id)).code, 0);
    assert.equal(await askedOf(ids), 10);
  });

  it('the report tells of every target in four formats; find tells of one; list has them all', async () => {
    const good = await seed(5, { delays: { cancelingMs: 100 } });
    const bad = await seed(2, { onCancel: 'unsupported' });
    const id = await started([...good, ...bad]);
    const watched = await campaign('watch', id);
    assert.equal(watched.code, 7);
    assert.match(watched.out, /✘ done/);
    const json = JSON.parse((await campaign('report', id, '--format', 'json')).out) as ReportRow[];
    assert.equal(json.length, 7);
    assert.deepEqual(
      json
        .filter(({ state }) => state === 'refused')
        .map(({ task }) => task)
        .toSorted(),
      bad.map((task) => `aws-fsx://sim/${task}`).toSorted(),
    );
    const lines = (await campaign('report', id, '--format', 'ndjson')).out.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      json,
    );
    const written = await campaign('report', id, '--to', 'report.csv');
    assert.deepEqual([written.code, written.out], [0, '']);
    const rows = parse(await readFile(join(folder, 'report.csv'), 'utf8'), { columns: true }) as {
      task: string;
    }[];
    assert.deepEqual(
      rows.map(({ task }) => task),
      json.map(({ task }) => task),
    );
    const markdown = (await campaign('report', id)).out;
    assert.match(markdown, /## 2 targets not proven to have ended/);
    const nowhere = await campaign('report', id, '--to', 'no/such/folder/report.csv');
    assert.deepEqual(
      [nowhere.code, nowhere.err.startsWith('no/such/folder/report.csv cannot be written: ')],
      [1, true],
    );

    const found = await campaign('find', `aws-fsx://sim/${bad[0]}`);
    assert.match(found.out, new RegExp(`^refused {2}aws-fsx://sim/${bad[0]} {2}in ${id}\\n`));
    assert.match(found.out, /vendor says +UnsupportedOperation: /);
    const list = await campaign('list', '--output', 'json');
    assert.ok((JSON.parse(list.out) as { id: string }[]).some((one) => one.id === id));
  });

  it('Ctrl-C leaves the campaign running and says how to come back', async () => {
    const id = await started(await seed(1, { onCancel: 'stuckCanceling' }));
    const { child, text, ended } = start(['watch', id]);
    while (!text.out.includes('0 of 1 ended')) await new Promise((done) => setTimeout(done, 50));
    child.kill('SIGINT');
    const { code, err } = await ended;
    assert.equal(code, 130);
    assert.match(err, new RegExp(`goes on without this terminal\\..*\\n.*quiesce campaign watch ${id}`));
    assert.equal((await status(id)).phase, 'running');
    await campaign('abort', id);
  });

  it('Ctrl-C while a plan is being started says that it goes on, and how to stop it', async () => {
    const ids = await seed(20);
    const { out } = await campaign(
      'plan',
      '--from',
      await file('starting.csv', csv(ids)),
      '--reason',
      'x',
      '--output',
      'json',
    );
    const { id } = JSON.parse(out) as { id: string };
    const match = { operation: 'DescribeDataRepositoryTasks', taskIds: ids };
    await stack.simulator.fault({ kind: 'latency', ms: 5_000, times: 1, match });
    const { child, ended } = start(['start', id]);
    while ((await status(id)).phase !== 'planning') await new Promise((done) => setTimeout(done, 20));
    child.kill('SIGINT');
    const { code, err } = await ended;
    assert.equal(code, 130);
    assert.match(err, new RegExp(`goes on without this terminal.*\\n.*quiesce campaign abort ${id}`));
    assert.equal((await campaign('abort', id)).code, 0);
    await campaign('watch', id);
    assert.equal(await askedOf(ids), 0);
  });

  it('a script that repeats itself finds its campaign, however far that is', async () => {
    const from = await file('again.csv', csv(await seed(3, { delays: { cancelingMs: 100 } })));
    const plan = ['plan', '--id', 'again', '--from', from, '--reason', 'x', '--output', 'json'];
    const [first, second] = [await campaign(...plan), await campaign(...plan)];
    assert.deepEqual([first.code, second.code], [0, 0]);
    assert.equal((await campaign('start', 'again', '--wait')).code, 0);
    const [third, restarted] = [await campaign(...plan), await campaign('start', 'again')];
    assert.deepEqual([third.code, restarted.code], [0, 0], third.err + restarted.err);
    assert.equal((JSON.parse(third.out) as { phase: string }).phase, 'ended');
    assert.match(restarted.err, /was started already/);
    const elsewhere = await campaign(...plan, '--requested-by', 'ada@another-host');
    assert.equal(elsewhere.code, 0, elsewhere.err);
  });

  it('exit code 5 and a sentence for a campaign nobody started', async () => {
    for (const command of ['status', 'watch', 'report', 'pause', 'retry', 'start']) {
      const { code, err } = await campaign(command, 'nowhere');
      assert.deepEqual(
        [code, err],
        [5, 'There is no campaign nowhere. `quiesce campaign list` shows those there are.\n'],
        command,
      );
    }
  });

  it('a schedule is made, listed, paused and deleted from the command line', async () => {
    const create = ['schedule', 'create', 'nightly', '--connection', 'sim', '--cron', '0 2 * * *'];
    const made = await campaign(
      ...create,
      '--older-than',
      '1d',
      '--max-targets',
      '500',
      '--reason',
      'stale tasks',
    );
    assert.equal(made.code, 0, made.err);
    for (;;) {
      const { out } = await campaign('schedule', 'list');
      if (/nightly {2}0 2 \* \* \* {2}\d{4}-\d\d-\d\d 02:00:00Z {2}- +stale tasks/.test(out)) break;
    }
    assert.equal((await campaign('schedule', 'pause', 'nightly')).code, 0);
    assert.equal((await campaign('schedule', 'delete', 'nightly')).code, 0);
    assert.equal((await campaign('schedule', 'delete', 'nightly')).code, 5);
  });
});
