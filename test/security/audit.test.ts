import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { parse } from 'csv-parse/sync';
import { authenticationOf } from '../../api/authenticate.js';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';
import { whoIsAsking } from '../../cli/options.js';
import { Quiesce, type AuditEntry, type AuditFilter } from '../../client/index.js';
import { apiSchema } from '../../config/api-settings.js';
import {
  campaignWorkflowId,
  CANCEL_TASK_WORKFLOW,
  laneWorkflowId,
  TASK_QUEUE,
} from '../../contract/names.js';
import { searchAttributePairs } from '../../contract/search-attributes.js';
import { cancelWorkflowId } from '../../contract/task.js';
import { dataConverterOf } from '../../encryption/data-converter.js';
import { parseEncryptionKeys } from '../../encryption/encryption-keys.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { seedTask } from '../conformance/clouds.js';
import { configOf, startApi, type RunningApi, type StartedAnswer } from '../api-server.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

const BIN = join(import.meta.dirname, '../../../bin/quiesce.js');
const FSX = 'aws-fsx';
const STUCK: Partial<SeedRequest> = { onCancel: 'stuckCanceling' };
const TOKEN = 'e4ea91b2';

describe('the audit trail', { timeout: 300_000 }, () => {
  let stack: Stack;
  let api: RunningApi;
  let folder: string;
  let key: string;

  before(async () => {
    stack = await startStack({ everyMs: 100, connect: simulatedConnections });
    await stack.startWorker();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-audit-'));
    const keysFile = join(folder, 'keys.json');
    const made = newApiKey();
    key = made.key;
    await changeKeysFile(keysFile, () => [
      {
        name: 'ci',
        sha256: made.sha256,
        scopes: ['read', 'cancel', 'campaign'],
        createdAt: new Date().toISOString(),
      },
    ]);
    const settings = apiSchema.parse({ keysFile, rateLimit: null });
    api = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
  });
  after(async () => {
    await api?.close();
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function seed(more: Partial<SeedRequest> = {}, count = 1): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: FSX, state: 'running', count, ...more });
    return tasks.map(({ id }) => `${FSX}://sim-fsx/${id}`);
  }

  const post = <Body>(path: string, body: unknown) =>
    api.send<Body>('POST', path, { body, headers: { authorization: `Bearer ${key}` } });

  /** The command in a process of its own, as people run it. */
  function quiesce(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const options = { cwd: folder, env: { ...process.env, TEMPORAL_ADDRESS: stack.address, ...env } };
    return new Promise<{ code: unknown; out: string; err: string }>((done) => {
      execFile(process.execPath, [BIN, ...args], options, (error, out, err) =>
        done({ code: error === null ? 0 : error.code, out, err }),
      );
    });
  }

  async function entriesOf(filter: AuditFilter = {}): Promise<AuditEntry[]> {
    const entries = [];
    for await (const entry of stack.quiesce.audit(filter)) entries.push(entry);
    return entries;
  }

  /** What is told of one Workflow, once Temporal lists that it has ended. */
  async function told(workflowId: string, filter: AuditFilter = {}): Promise<AuditEntry[]> {
    for (;;) {
      const own = (await entriesOf(filter)).filter((entry) => entry.workflowId === workflowId);
      if (own.length > 0 && own.every(({ endedAt }) => endedAt !== undefined)) return own;
      await sleep(100);
    }
  }

  it('tells who cancelled a task, why, and how it ended, with the evidence', async () => {
    const [task = ''] = await seed();
    const callbackUrl = `https://hooks.example.com/?token=${TOKEN}`;
    const { id } = await stack.quiesce.cancel(task, {
      requestedBy: 'ada@laptop',
      reason: 'INC-1',
      deadlineAfterMs: 3_600_000,
      callbackUrl,
    });
    const { evidence, clientTokens, runId } = await stack.quiesce.cancellation(id).verdict();
    const [entry, ...rest] = await told(id);
    assert.deepEqual(rest, []);
    const { at, endedAt, client, ...others } = entry!;
    assert.deepEqual(others, {
      action: 'cancel',
      by: 'ada@laptop',
      vouched: false,
      reason: 'INC-1',
      task,
      connections: ['sim-fsx'],
      asked: { deadlineAfterMs: 3_600_000, callback: true },
      outcome: 'canceled',
      lastState: 'CANCELED',
      requestIds: evidence.requestIds,
      clientTokens,
      workflowId: id,
      runId,
    });
    assert.ok(evidence.requestIds.length > 0 && clientTokens.length === 1);
    assert.ok(Date.parse(at) <= Date.parse(endedAt ?? ''));
    assert.match(client ?? '', /^\d+@/);
  });

  it('vouches for whom the HTTP service has recognized, and for nobody who types such a name', async () => {
    const [task = ''] = await seed(STUCK);
    const started = await post<StartedAnswer>('/v1/cancellations', { task, reason: 'INC-2' });
    const { id, workflowId } = started.body;
    const abandoned = await post(`/v1/cancellations/${id}:abandon`, { reason: 'the file system is gone' });
    assert.equal(abandoned.status, 202, JSON.stringify(abandoned.body));
    const entries = await told(workflowId);
    assert.deepEqual(
      entries.map(({ action, by, vouched, reason, outcome }) => [action, by, vouched, reason, outcome]),
      [
        ['cancel', 'key:ci', true, 'INC-2', 'unproven'],
        ['abandon', 'key:ci', true, 'the file system is gone', 'unproven'],
      ],
    );
    await writeFile(join(folder, 'quiesce.config.yaml'), 'connections: {}\n');
    const claims = [
      ['cancel', '--task', task, '--requested-by', 'key:ci'],
      ['abandon', workflowId, '--reason', 'x', '--by', 'oidc:ada'],
      ['campaign', 'abort', 'nosuch', '--by', 'key:ci'],
      ['campaign', 'start', 'nosuch', '--requested-by', 'key:ci'],
    ];
    for (const claim of claims) {
      const { code, err } = await quiesce(claim);
      assert.deepEqual(
        [code, /the HTTP service has checked/.test(err)],
        [2, true],
        `${claim.join(' ')}\n${err}`,
      );
    }
  });

  it('vouches for nobody whose USER is such a name, where the user has no other', ({ mock }) => {
    assert.equal(whoIsAsking({ USER: 'key:ci' }), `${os.userInfo().username}@${os.hostname()}`);
    mock.method(os, 'userInfo', () => {
      throw new Error('ENOENT: no such user');
    });
    syncBuiltinESMExports();
    try {
      assert.equal(whoIsAsking({ USER: 'ada' }), `ada@${os.hostname()}`);
      for (const USER of ['key:ci', 'oidc:ada'])
        assert.throws(() => whoIsAsking({ USER }), { exitCode: 2, message: /the HTTP service has checked/ });
    } finally {
      mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

  it('tells who steered a campaign, and what was refused', async () => {
    const targets = await seed({}, 4);
    const campaign = await stack.quiesce.campaigns.plan(
      { targets },
      { id: 'spring', reason: 'INC-3', requestedBy: 'ada', maxDrift: 0 },
    );
    await campaign.planned();
    await (await stack.quiesce.cancel(targets[0] ?? '')).verdict();
    await assert.rejects(campaign.start({ by: 'bea', reason: 'too late' }), { name: 'RequestRefusedError' });
    await campaign.start({ by: 'bea', reason: 'go' });
    await campaign.setRate({ by: 'bea', callsPerSecond: 0.01 });
    await campaign.pause({ by: 'cleo', reason: 'too many alarms' });
    await campaign.resume({ by: 'cleo' });
    await campaign.abort({ by: 'dora', reason: 'wrong list' });
    const { end, verdicts } = await campaign.result();
    const entries = await told('campaign/spring');
    assert.deepEqual(
      entries.map(({ action, by, reason }) => [action, by, reason]),
      [
        ['plan', 'ada', 'INC-3'],
        ['start', 'bea', 'too late'],
        ['start', 'bea', 'go'],
        ['rate', 'bea', undefined],
        ['pause', 'cleo', 'too many alarms'],
        ['resume', 'cleo', undefined],
        ['abort', 'dora', 'wrong list'],
      ],
    );
    assert.deepEqual(
      entries.map(({ campaign: id, connections, outcome }) => [id, connections, outcome]),
      entries.map(() => ['spring', ['sim-fsx'], end]),
    );
    assert.deepEqual(entries[0]?.verdicts, verdicts);
    assert.deepEqual([entries[0]?.asked['maxDrift'], entries[3]?.asked], [0, { callsPerSecond: 0.01 }]);
    assert.match(entries[1]?.refused ?? '', /no longer as the plan saw/);
    assert.equal(entries[2]?.refused, undefined);
    // Others' are not told with those of one caller, and one's own are wherever they were done.
    const bea = await told('campaign/spring', { caller: 'bea' });
    assert.deepEqual(
      bea.map(({ action }) => action),
      ['start', 'start', 'rate'],
    );
  });

  it('tells that somebody went past Quiesce, and from where', async () => {
    const [one = '', other = ''] = await seed(STUCK, 2);
    const terminated = await stack.quiesce.cancel(one, { requestedBy: 'ada' });
    const workflow = stack.client.workflow.getHandle(terminated.id);
    await workflow.terminate('by hand');
    const acts = (entries: AuditEntry[]) =>
      entries.map(({ action, reason, outcome }) => [action, reason, outcome]);
    assert.deepEqual(acts(await told(terminated.id)), [
      ['cancel', undefined, 'TERMINATED'],
      ['workflow-terminate', 'by hand', 'TERMINATED'],
    ]);
    const reset = await stack.quiesce.cancel(other, { requestedBy: 'ada' });
    const { runId } = await stack.client.workflow.getHandle(reset.id).describe();
    while ((await stack.quiesce.cancellation(reset.id).status()).phase !== 'proving') await sleep(50);
    const { events } = await stack.client.workflow.getHandle(reset.id).fetchHistory();
    const firstTask = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done);
    await stack.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: reset.id, runId },
      reason: 'to try it',
      requestId: 'once',
      workflowTaskFinishEventId: firstTask!.eventId!,
    });
    const again = await stack.client.workflow.getHandle(reset.id).describe();
    await stack.client.workflow.getHandle(reset.id).terminate('enough');
    const ofRun = async (run: string) => (await told(reset.id)).filter((entry) => entry.runId === run);
    while ((await ofRun(again.runId)).length === 0) await sleep(100);
    const [begun, wasReset, ended] = await ofRun(again.runId);
    assert.deepEqual(
      [begun?.action, wasReset?.action, wasReset?.reason, wasReset?.asked['baseRunId'], ended?.action],
      ['cancel', 'workflow-reset', 'to try it', runId, 'workflow-terminate'],
    );
  });

  it('tells what was done to a campaign’s lane past Quiesce, and leaves out what its campaign does with it', async () => {
    const campaigns = ['terminated', 'canceled', 'reset', 'whole'] as const;
    const laneOf = (id: string) => stack.client.workflow.getHandle(laneWorkflowId(id, 1));
    for (const id of campaigns) {
      const targets = await seed(STUCK);
      await stack.quiesce.campaigns.start({ targets }, { id, reason: 'INC-9', requestedBy: 'ada' });
      while ((await stack.quiesce.campaigns.get(id).live()).calls.asks === 0) await sleep(50);
    }
    await laneOf('terminated').terminate('by hand');
    await laneOf('canceled').cancel();
    const { runId } = await laneOf('reset').describe();
    const { events } = await laneOf('reset').fetchHistory();
    const firstTask = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done);
    await stack.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: laneWorkflowId('reset', 1), runId },
      reason: 'to try it',
      requestId: 'once',
      workflowTaskFinishEventId: firstTask!.eventId!,
    });
    await laneOf('reset').terminate('enough');
    await stack.client.workflow.getHandle(campaignWorkflowId('whole')).terminate('all of it');
    const lanesClosed = async () => {
      const ids = campaigns.map((id) => `'${laneWorkflowId(id, 1)}'`).join(', ');
      const query = `WorkflowId IN (${ids}) AND ExecutionStatus != 'Running'`;
      return (await stack.client.workflow.count(query)).count > campaigns.length;
    };
    while (!(await lanesClosed())) await sleep(100);
    const entries = await entriesOf({ connection: 'sim-fsx' });
    const of = (id: string) => entries.filter(({ workflowId }) => workflowId === laneWorkflowId(id, 1));
    const { at: _at, endedAt: _endedAt, client, ...terminated } = of('terminated')[0]!;
    assert.match(client ?? '', /^\d+@/);
    assert.deepEqual(terminated, {
      action: 'workflow-terminate',
      vouched: false,
      reason: 'by hand',
      campaign: 'terminated',
      connections: ['sim-fsx'],
      asked: {},
      outcome: 'TERMINATED',
      workflowId: laneWorkflowId('terminated', 1),
      runId: (await laneOf('terminated').describe()).runId,
    });
    const acts = (id: string) => of(id).map(({ action, reason, outcome }) => [action, reason, outcome]);
    assert.equal(of('terminated').length, 1);
    assert.deepEqual(acts('canceled'), [['workflow-cancel', undefined, 'CANCELLED']]);
    assert.deepEqual(acts('reset'), [
      ['workflow-reset', 'to try it', 'TERMINATED'],
      ['workflow-terminate', 'enough', 'TERMINATED'],
      // The run that was reset.
      ['workflow-terminate', 'to try it', 'TERMINATED'],
    ]);
    assert.deepEqual(acts('whole'), []);
    const elsewhere = (await entriesOf({ connection: 'sim-domain' })).map(({ workflowId }) => workflowId);
    for (const id of campaigns) assert.ok(!elsewhere.includes(laneWorkflowId(id, 1)), id);
    await stack.quiesce.campaigns.get('reset').result();
  });

  it('does not take a campaign’s own cancel of what it has handed over for an act past Quiesce', async () => {
    const connection = stack.connections.find(({ provider }) => provider.id === 'alibaba-cpfs');
    assert.ok(connection !== undefined);
    const cloud = { control: stack.simulator, definition: connection.provider, connection };
    const details = { runningSubtasks: 1, subtaskMs: 3_600_000 };
    const waiting = async (id: string) => {
      const status = () => stack.quiesce.cancellation(id).status();
      while ((await status().catch(() => undefined))?.phase !== 'waiting-for-subtasks') await sleep(50);
    };
    const acts = async (id: string) =>
      (await told(id)).map(({ action, by, outcome }) => [action, by, outcome]);
    const target = await seedTask(cloud, { details });
    const campaign = await stack.quiesce.campaigns.start(
      { targets: [target.ref] },
      { id: 'handing-over', reason: 'INC-8', requestedBy: 'ada' },
    );
    const id = cancelWorkflowId(target.ref);
    await waiting(id);
    await campaign.abort({ by: 'dora', reason: 'wrong list' });
    await campaign.result();
    assert.deepEqual(await acts(id), [['cancel', 'ada', 'unproven']]);
    const { events } = await stack.client.workflow.getHandle(id).fetchHistory();
    assert.ok(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes));
    // Anybody else's is told.
    const other = await seedTask(cloud, { details });
    const alone = await stack.quiesce.cancel(other.ref, { requestedBy: 'ada' });
    await waiting(alone.id);
    await stack.client.workflow.getHandle(alone.id).cancel();
    assert.deepEqual(await acts(alone.id), [
      ['cancel', 'ada', 'unproven'],
      ['workflow-cancel', undefined, 'unproven'],
    ]);
  });

  it('is of a time, of a caller and of a connection', async () => {
    const since = new Date();
    const [task = ''] = await seed();
    const { id } = await stack.quiesce.cancel(task, { requestedBy: 'eve', reason: 'INC-5' });
    await told(id);
    const until = new Date();
    const of = async (filter: AuditFilter) => (await entriesOf(filter)).map(({ workflowId }) => workflowId);
    assert.deepEqual(await of({ since, until }), [id]);
    assert.deepEqual(await of({ caller: 'eve' }), [id]);
    assert.deepEqual(await of({ caller: "eve' OR WorkflowType != 'x" }), []);
    assert.deepEqual(await of({ connection: "sim-domain' OR WorkflowType != 'x" }), []);
    assert.ok(!(await of({ until: since })).includes(id));
    assert.deepEqual(await of({ since: until }), []);
    assert.ok((await of({ connection: 'sim-fsx' })).includes(id));
    assert.deepEqual(await of({ connection: 'sim-domain' }), []);
  });

  it('tells the end of what began earlier, when it has ended since', async () => {
    const [task = ''] = await seed({ delays: { cancelingMs: 3_600_000 } });
    const { id } = await stack.quiesce.cancel(task, { requestedBy: 'fay', reason: 'INC-6' });
    while ((await stack.quiesce.cancellation(id).status()).phase !== 'proving') await sleep(50);
    const since = new Date();
    await sleep(20);
    const until = new Date();
    await stack.simulator.advanceClock(3_600_000);
    await told(id);
    const of = async (filter: AuditFilter) =>
      (await entriesOf({ ...filter, caller: 'fay' })).map(({ action, outcome }) => [action, outcome]);
    assert.deepEqual(await of({ since }), [['cancel', 'canceled']]);
    assert.deepEqual(await of({ until: since }), [['cancel', 'canceled']]);
    // Nothing was asked between, and nothing came of it.
    assert.deepEqual(await of({ since, until }), []);
    assert.deepEqual(await of({ since: new Date() }), []);
  });

  it('is exported as CSV, in which nothing runs, and as NDJSON, without the address of a callback', async () => {
    const formula = "=cmd|' /C calc'!A0";
    const [task = ''] = await seed();
    const { id } = await stack.quiesce.cancel(task, { requestedBy: 'mallory', reason: formula });
    await told(id);
    const written = await quiesce(['audit', '--since', '1h', '--caller', 'mallory', '--to', 'audit.csv']);
    assert.deepEqual([written.code, written.out, written.err], [0, '', 'Wrote audit.csv.\n']);
    const csv = await readFile(join(folder, 'audit.csv'), 'utf8');
    const [row] = parse(csv, { columns: true }) as Record<string, string>[];
    assert.deepEqual(
      [row?.['task'], row?.['by'], row?.['reason'], row?.['outcome'], row?.['workflowId']],
      [task, 'mallory', `'${formula}`, 'canceled', id],
    );
    const all = await quiesce(['audit']);
    assert.equal(all.code, 0, all.err);
    const lines = all.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntry);
    assert.deepEqual(lines, await entriesOf());
    assert.ok(!all.out.includes(TOKEN));
    const [first = ''] = lines.map(({ at }) => at).sort();
    const offset = new Date(Date.parse(first) + 7_200_000).toISOString().replace('Z', '+02:00');
    for (const [since, count] of [
      [first.slice(0, 10), lines.length],
      [offset, lines.length],
      ['2100-01-01T00:00Z', 0],
    ] as const) {
      const from = await quiesce(['audit', '--since', since]);
      assert.deepEqual([from.code, from.out.split('\n').length - 1], [0, count], `${since}\n${from.err}`);
    }
    const wrong = await quiesce(['audit', '--since', 'yesterday']);
    assert.deepEqual([wrong.code, wrong.out], [2, '']);
  });

  it('is not kept from being told by what it cannot read, and is then not taken for whole', async () => {
    const earlier = await entriesOf();
    const text = `one:${randomBytes(32).toString('base64')} task-ids:${randomBytes(32).toString('base64')}`;
    const dataConverter = dataConverterOf(parseEncryptionKeys(text, 'a test'));
    const encrypting = new Client({ connection: stack.client.connection, dataConverter });
    const [secret = ''] = await seed(STUCK);
    const { id } = await new Quiesce(encrypting).cancel(secret, { requestedBy: 'ada', reason: 'INC-7' });
    const odd = ['cancel/aws-fsx/sim-fsx/odd', 'campaign/odd'];
    await stack.client.workflow.start(CANCEL_TASK_WORKFLOW, {
      workflowId: odd[0] ?? '',
      taskQueue: `${TASK_QUEUE}-none`,
      args: ['nonsense'],
      typedSearchAttributes: searchAttributePairs({ requestedBy: 'mallory' }),
    });
    await stack.client.workflow.start('cancelCampaign', {
      workflowId: odd[1] ?? '',
      taskQueue: `${TASK_QUEUE}-none`,
      args: [{ reason: 7, requestedBy: ['x'], selectors: [null, 'y'], options: 'z' }],
    });
    let entries: AuditEntry[] = [];
    while (![id, ...odd].every((each) => entries.some(({ workflowId }) => workflowId === each))) {
      await sleep(100);
      entries = await entriesOf();
    }
    const of = (workflowId: string) => entries.find((entry) => entry.workflowId === workflowId);
    assert.match(of(id)?.unreadable ?? '', /encrypted/);
    const masked = id.replace(`cancel/${FSX}/`, `${FSX}://`);
    assert.deepEqual([of(id)?.by, of(id)?.task, of(id)?.reason], ['ada', masked, undefined]);
    assert.deepEqual([of(odd[0] ?? '')?.by, of(odd[0] ?? '')?.task], ['mallory', odd[0]]);
    assert.ok(of(odd[0] ?? '')?.unreadable);
    assert.equal(of(odd[1] ?? '')?.by, undefined);
    for (const { workflowId, action, runId } of earlier)
      assert.ok(
        entries.some((entry) => entry.runId === runId && entry.action === action),
        workflowId,
      );
    const { code, out, err } = await quiesce(['audit']);
    assert.equal(code, 1);
    assert.match(err, /^2 entries say that they could not be read\. The first: /m);
    assert.equal(out.trimEnd().split('\n').length, entries.length);
    const withKeys = await quiesce(['audit', '--caller', 'ada'], { QUIESCE_ENCRYPTION_KEYS: text });
    assert.equal(withKeys.code, 0, withKeys.err);
    assert.ok(withKeys.out.includes('"reason":"INC-7"') && withKeys.out.includes(secret));
    for (const workflowId of [id, ...odd]) await stack.client.workflow.getHandle(workflowId).terminate();
  });
});

describe('the audit trail of a cancellation whose history grows long', { timeout: 120_000 }, () => {
  let stack: Stack;

  before(async () => {
    const crowded = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'];
    stack = await startStack({ everyMs: 100, extraArgs: crowded });
    await stack.startWorker();
  });
  after(() => stack?.close());

  async function entriesOf(filter: AuditFilter): Promise<AuditEntry[]> {
    const entries = [];
    for await (const entry of stack.quiesce.audit(filter)) entries.push(entry);
    return entries;
  }

  it('tells its end, in whichever run that came', async () => {
    const [seeded] = await stack.simulator.seed({ provider: FSX, state: 'running', ...STUCK });
    const handle = await stack.quiesce.cancel(`${FSX}://sim/${seeded?.id}`, { requestedBy: 'ada' });
    const runNow = async () => (await stack.client.workflow.getHandle(handle.id).describe()).runId;
    const first = await runNow();
    const runs = new Set([first]);
    while ((await handle.status()).phase !== 'proving') await sleep(50);
    for (; runs.size < 3; await sleep(60)) {
      await handle.pollNow();
      runs.add(await runNow());
    }
    const told = ({ action, runId, outcome }: AuditEntry) => [action, runId, outcome];
    const [begun, ...rest] = await entriesOf({});
    assert.ok(begun !== undefined && begun.endedAt === undefined, JSON.stringify(begun));
    assert.deepEqual([told(begun), rest], [['cancel', first, 'RUNNING'], []]);
    const since = new Date();
    await handle.abandon({ by: 'ada', reason: 'enough' });
    const { evidence } = await handle.verdict();
    let entries: AuditEntry[] = [];
    for (; entries[0]?.endedAt === undefined; await sleep(50)) entries = await entriesOf({ since });
    const [abandoned, asked] = entries;
    assert.deepEqual(entries.map(told), [
      ['abandon', await runNow(), 'unproven'],
      ['cancel', first, 'unproven'],
    ]);
    assert.deepEqual([asked?.endedAt, asked?.requestIds], [abandoned?.endedAt, evidence.requestIds]);
  });
});
