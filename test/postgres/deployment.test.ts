import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { BegunBody, CampaignBody } from '../../api/schemas/campaign.js';
import type { ReportRow } from '../../client/index.js';
import { checkEffects, fsxAsks, fsxTargets } from '../integration/campaign-play.js';
import { startDeployment, type Deployment, type Tools } from './deployment.js';
import { Processes, type LoggedProcess } from '../processes.js';

const tools = JSON.parse(process.env['QUIESCE_POSTGRES'] ?? '') as Tools;
const TARGETS = 5_000;
/** What dies is away for seconds: what is asked meanwhile must not be all there is. */
const CALLS_PER_SECOND = 150;
/** Looked at anew is what was asked in the last seconds before; asked anew are those alone whose call was under way. */
const MOST_ASKED_TWICE = 100;
const READY_WITHIN_MS = 120_000;
const SINGLES = 20;
const MOST_TRIES = 60;
const FSX = 'aws-fsx://sim-fsx/';

const interrupted = new AbortController();
const { signal } = interrupted;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interrupted.abort(new Error(`Ended by ${name}.`)));

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

describe('docker-compose.yml, as processes of this machine', { timeout: 300_000, signal }, () => {
  const processes = new Processes(tools.logs);
  let folder: string;
  let all: Deployment;
  let temporal: LoggedProcess;
  let workers: LoggedProcess[];
  let campaign: string;
  let tasks: readonly string[];

  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'quiesce-postgres-'));
      // PostgreSQL, as another user, has to get through.
      await chmod(folder, 0o711);
      all = await startDeployment(processes, tools, folder);
      ({ temporal } = all);
      workers = [...all.workers];
    },
    { signal, timeout: READY_WITHIN_MS },
  );
  after(async () => {
    await processes.endAll();
    await rm(folder, { recursive: true });
  });

  /** Asks again while Temporal or its database is away. */
  async function get<Body>(path: string): Promise<Body> {
    for (; ; await sleep(500)) {
      const answer = await all.get(path);
      if (answer.ok) return (await answer.json()) as Body;
      assert.equal(answer.status, 503, await answer.text());
    }
  }

  async function post<Body>(path: string, type: string, body: string): Promise<Body> {
    const answer = await all.post(path, type, body);
    assert.equal(answer.status, 202, await answer.clone().text());
    return (await answer.json()) as Body;
  }

  /** All pages of a list. */
  async function list<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page: Page<Item> = await get(`${path}&${cursor === '' ? '' : `cursor=${cursor}`}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  async function ended(id: string): Promise<CampaignBody> {
    for (; ; await sleep(500)) {
      const now = await get<CampaignBody>(`/v1/campaigns/${id}`);
      const sum = Object.values(now.states).reduce((rest, each) => rest + each, 0);
      assert.equal(sum, now.targets, JSON.stringify(now.states));
      if (now.phase === 'ended') return now;
    }
  }

  it('may be prepared once more', { signal }, () => all.prepare());

  it('plays a campaign of five thousand to its end, whatever dies on the way', { signal }, async (t) => {
    const { paths } = await fsxTargets(all, { count: TARGETS, delays: { cancelingMs: 3_000 } });
    tasks = paths.map((id) => FSX + id);
    const lines = tasks.map((uri) => JSON.stringify(uri)).join('\n');
    const begun = await post<BegunBody>(
      `/v1/campaigns?reason=a+test&callsPerSecond=${CALLS_PER_SECOND}`,
      'application/x-ndjson',
      lines,
    );
    campaign = begun.id;
    const counted = ended(campaign);
    counted.catch(() => {});
    const asked = async () => [...(await fsxAsks(all, paths)).values()].flat().length;
    // What has died is started again, as Compose does it.
    const crashes: readonly [string, number, () => Promise<unknown>][] = [
      [
        'a Worker was killed',
        500,
        async () => {
          await workers[0]!.end('SIGKILL');
          workers[0] = await all.startWorker();
        },
      ],
      ['PostgreSQL was restarted', 1_500, () => all.postgresql.restart()],
      [
        'Temporal was killed',
        2_500,
        async () => {
          await temporal.end('SIGKILL');
          temporal = await all.startTemporal();
        },
      ],
    ];
    for (const [what, count, crash] of crashes) {
      while ((await asked()) < count) await sleep(200);
      const first = await asked();
      await crash();
      const then = await asked();
      t.diagnostic(`${what} after ${first} calls; ${then} when it was there again`);
      assert.ok(then < TARGETS, 'it was not in the middle');
    }
    const { end, states } = await counted;
    assert.deepEqual([end, states], ['done', { canceled: TARGETS }]);
    const asks = await fsxAsks(all, paths);
    checkEffects(asks);
    const twice = [...asks.values()].filter(({ length }) => length > 1).length;
    t.diagnostic(`${twice} of ${TARGETS} were asked twice`);
    assert.ok(twice <= MOST_ASKED_TWICE, `${twice} were asked twice`);
  });

  it('reports every task once, over HTTP and on the command line', { signal }, async () => {
    const csv = await (await all.get(`/v1/campaigns/${campaign}/report?format=csv`)).text();
    const path = join(folder, 'report.json');
    await all.quiesce('campaign', 'report', campaign, '--to', path);
    const reports = [
      parse(csv, { columns: true }),
      JSON.parse(await readFile(path, 'utf8')),
    ] as readonly ReportRow[][];
    for (const rows of reports) {
      assert.deepEqual(rows.map(({ task }) => task).toSorted(), tasks.toSorted());
      assert.ok(rows.every(({ state }) => state === 'canceled'));
    }
  });

  it(
    'finds campaigns and cancellations by their Search Attributes, a page at a time',
    { signal },
    async () => {
      const { paths } = await fsxTargets(all, { count: SINGLES, delays: { cancelingMs: 500 } });
      const singles = paths.map((id) => FSX + id);
      const started = await Promise.all(
        singles.map((task) =>
          post<{ id: string }>('/v1/cancellations', 'application/json', JSON.stringify({ task })),
        ),
      );
      for (const { id } of started) await get(`/v1/cancellations/${id}?wait=30s`);
      const found = async (filter: string) =>
        (await list<{ task: string }>(`/v1/cancellations?${filter}&limit=7`))
          .map(({ task }) => task)
          .toSorted();
      const canceled =
        'verdict=canceled&connection=sim-fsx&provider=aws-fsx&phase=ended&requestedBy=key:operator';
      // The store is written after the fact.
      for (let tries = 0; tries < MOST_TRIES && (await found(canceled)).length < SINGLES; tries++)
        await sleep(500);
      assert.deepEqual(await found(`${canceled}&running=false`), singles.toSorted());
      assert.deepEqual(await found('connection=sim-cpfs'), []);
      assert.deepEqual(await found(`task=${encodeURIComponent(singles[3] ?? '')}`), [singles[3]]);
      const campaigns = await list<{ id: string }>(
        '/v1/campaigns?running=false&requestedBy=key:operator&limit=1',
      );
      assert.deepEqual(
        campaigns.map(({ id }) => id),
        [campaign],
      );
      await all.quiesce('doctor');
    },
  );

  it('ends well when it is told to', { signal }, async () => {
    const codes = await Promise.all([...workers, all.api].map((each) => each.end('SIGTERM')));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.equal(await temporal.end('SIGTERM'), 0);
    assert.equal(await all.postgresql.stop(), 0);
  });
});
