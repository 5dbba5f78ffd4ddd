import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { once as onceOf } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json as jsonOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, it } from 'node:test';
import { LANE_SIZE } from '../../contract/campaign.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { SCOPES, type Caller } from '../../api/caller.js';
import type { Problem } from '../../api/problem.js';
import { MOST_TARGET_BYTES } from '../../api/receive-targets.js';
import type { BegunBody, CampaignBody } from '../../api/schemas/campaign.js';
import type { ReportRow } from '../../client/index.js';
import { taskUri } from '../../contract/task.js';
import { slugOf, startApi, type Answer, type RunningApi } from '../api-server.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

const FSX = 'aws-fsx';
const NDJSON = 'application/x-ndjson';
const CSV = 'text/csv';
/** Who calls says so itself: it is not who calls that is tested here. */
const CALLER = 'x-test-caller';
const CALLERS: Readonly<Record<string, Caller>> = {
  ann: { name: 'ann', scopes: SCOPES },
  limited: { name: 'limited', scopes: SCOPES, connections: ['sim-fsx'] },
  elsewhere: { name: 'elsewhere', scopes: SCOPES, connections: ['sim-cpfs'] },
  reader: { name: 'reader', scopes: ['read'] },
};

describe('campaigns over HTTP', { timeout: 600_000 }, () => {
  let stack: Stack;
  let api: RunningApi;
  let folder = '';

  before(async () => {
    // Of its own: others may leave something in that of all.
    folder = await mkdtemp(join(tmpdir(), 'api-campaigns-'));
    process.env['TMPDIR'] = folder;
    stack = await startStack({ everyMs: 200, connect: simulatedConnections });
    await stack.startWorker();
    api = await startApi(stack, {
      authenticate: ({ headers }) => Promise.resolve(CALLERS[String(headers[CALLER] ?? 'ann')] as Caller),
    });
  });
  after(async () => {
    await api.close();
    await stack.close();
    await rm(folder, { recursive: true });
  });

  async function seeded(count: number): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: FSX, state: 'running', count });
    return tasks.map(({ id }) => `${FSX}://sim-fsx/${id}`);
  }

  /** A list of targets, or anything else, as a body of its own. */
  async function post<Body = BegunBody>(
    path: string,
    type: string,
    body: string,
    caller = 'ann',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const answer = await fetch(api.url + path, {
      method: 'POST',
      headers: { 'content-type': type, [CALLER]: caller, ...headers },
      body,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as Body };
  }

  const as = (caller: string) => ({ headers: { [CALLER]: caller } });
  const campaignOf = async (id: string, caller = 'ann') =>
    (await api.send<CampaignBody>('GET', `/v1/campaigns/${id}`, as(caller))).body;

  async function ended(id: string): Promise<CampaignBody> {
    return until(id, ({ phase }) => phase === 'ended');
  }

  async function until(id: string, isReached: (campaign: CampaignBody) => boolean): Promise<CampaignBody> {
    for (;;) {
      const campaign = await campaignOf(id);
      if (isReached(campaign)) return campaign;
      assert.notEqual(campaign.phase, 'ended', JSON.stringify(campaign));
      await sleep(100);
    }
  }

  async function idsOf(): Promise<string[]> {
    const ids = [];
    for await (const { id } of stack.quiesce.campaigns.list()) ids.push(id);
    return ids;
  }

  const spools = async () => (await readdir(folder)).filter((name) => name.startsWith('quiesce-targets-'));

  it('begin from some thousand rows of NDJSON and CSV, each task once', async () => {
    const uris = await seeded(3_000);
    const ndjson = [...uris.slice(0, 1_500), uris[7]].map((uri) => JSON.stringify(uri)).join('\n');
    const csv = `task,owner\r\n${uris
      .slice(1_500)
      .map((uri) => `${uri},"Ann, storage"`)
      .join('\r\n')}\r\n`;
    const answers = await Promise.all([
      post('/v1/campaigns?reason=a%20test&errorThreshold=5%25', NDJSON, ndjson),
      post('/v1/campaigns?reason=a%20test&protect=none-*&protect=nothing', `${CSV}; charset=utf-8`, csv),
    ]);
    assert.deepEqual(
      answers.map(({ status, body: { targets, duplicates } }) => [status, targets, duplicates]),
      [
        [202, 1_500, 1],
        [202, 1_500, 0],
      ],
    );
    for (const { headers, body } of answers) {
      assert.equal(headers.get('location'), `/v1/campaigns/${body.id}`);
      const { states, requestedBy, reason, connections } = await ended(body.id);
      assert.deepEqual([states, requestedBy, reason], [{ canceled: 1_500 }, 'ann', 'a test']);
      assert.deepEqual(
        connections.map(({ connection }) => connection),
        ['sim-fsx'],
      );
    }
    assert.deepEqual(await spools(), []);
  });

  it('begin from a few targets in JSON, and from a selector', async () => {
    const [first = '', second = ''] = await seeded(2);
    const taskId = second.split('/').at(-1);
    const targets = await api.send<BegunBody>('POST', '/v1/campaigns', {
      body: {
        reason: 'a few',
        targets: [first, { connection: 'sim-fsx', taskId }],
        errorThreshold: { count: 1 },
      },
    });
    assert.equal(targets.status, 202, JSON.stringify(targets.body));
    assert.deepEqual((await ended(targets.body.id)).states, { canceled: 2 });

    const [third = ''] = await seeded(1);
    const selected = await api.send<BegunBody>('POST', '/v1/campaigns', {
      body: { reason: 'all', selectors: [{ connection: 'sim-fsx', states: ['EXECUTING', 'PENDING'] }] },
    });
    assert.equal(selected.status, 202, JSON.stringify(selected.body));
    await ended(selected.body.id);
    const found = await api.send<{ items: ReportRow[]; complete: boolean }>(
      'GET',
      `/v1/campaigns:find?task=${encodeURIComponent(third)}`,
    );
    assert.deepEqual([found.status, found.body.complete], [200, true]);
    assert.deepEqual(
      found.body.items.map(({ campaign, state }) => [campaign, state]),
      [[selected.body.id, 'canceled']],
    );
  });

  it('do not begin with a bad line: each is told with its number, up to a thousand', async () => {
    const before_ = (await idsOf()).length;
    const [good = ''] = await seeded(1);
    const bad = await post<Problem>(
      '/v1/campaigns?reason=x',
      NDJSON,
      `"${good}"\n{"task":\n\n"nope"\n"p://q/r"`,
    );
    assert.deepEqual([bad.status, slugOf(bad)], [400, 'invalid-targets']);
    assert.deepEqual(
      bad.body.errors?.map(({ line }) => line),
      [2, 4, 5],
    );
    assert.match(bad.body.detail, /3 bad lines.*Nothing was started/);

    const many = await post<Problem>('/v1/campaigns?reason=x', CSV, 'nope\n'.repeat(1_500));
    assert.equal(many.body.errors?.length, 1_000);
    assert.match(many.body.detail, /1,500 bad lines. The first 1,000 are told/);
    const unknown = await post<Problem>(
      '/v1/campaigns?reason=x',
      CSV,
      `${FSX}://nowhere/task-0123456789abcdef0`,
    );
    assert.match(unknown.body.errors?.[0]?.message ?? '', /no connection nowhere; there is .*sim-fsx/);
    const empty = await post<Problem>('/v1/campaigns?reason=x', CSV, '# nothing\n');
    assert.deepEqual(
      empty.body.errors?.map(({ line }) => line),
      [0],
    );
    const inJson = await api.send<Problem>('POST', '/v1/campaigns', {
      body: { reason: 'x', targets: [good, 'nope'] },
    });
    assert.deepEqual(
      inJson.body.errors?.map(({ at }) => at),
      ['/targets/1'],
    );
    assert.equal((await idsOf()).length, before_);
    assert.deepEqual(await spools(), []);
  });

  it('do not begin with what makes no sense, and say what is wrong', async () => {
    const before_ = (await idsOf()).length;
    const [uri = ''] = await seeded(1);
    const list = JSON.stringify(uri);
    const wrong: [string, Promise<Answer<Problem>>, number, string, RegExp][] = [
      ['no reason', post('/v1/campaigns', NDJSON, list), 400, 'invalid-request', /must say why/],
      [
        'an unknown option',
        post('/v1/campaigns?reason=x&rate=5', NDJSON, list),
        400,
        'invalid-request',
        /rate/,
      ],
      [
        'no number',
        post('/v1/campaigns?reason=x&maxTargets=many', NDJSON, list),
        400,
        'invalid-request',
        /maxTargets/,
      ],
      [
        'no share',
        post('/v1/campaigns?reason=x&waves=0%25', NDJSON, list),
        400,
        'invalid-request',
        /above 0/,
      ],
      [
        'too many',
        post('/v1/campaigns?reason=x&maxTargets=1', NDJSON, `"${uri}"\n"${uri}1"`),
        409,
        'request-refused',
        /2 targets.* 1 \(maxTargets/,
      ],
      [
        'another type',
        post('/v1/campaigns?reason=x', 'text/plain', list),
        415,
        'unsupported-media-type',
        /./,
      ],
      [
        'JSON with a query',
        post('/v1/campaigns?reason=x', 'application/json', `{"reason":"x","targets":[${list}]}`),
        400,
        'invalid-request',
        /query/,
      ],
      [
        'no targets',
        post('/v1/campaigns', 'application/json', '{"reason":"x"}'),
        400,
        'invalid-request',
        /either selectors or targets/,
      ],
      [
        'both',
        post(
          '/v1/campaigns',
          'application/json',
          `{"reason":"x","targets":[${list}],"selectors":[{"connection":"sim-fsx","all":true}]}`,
        ),
        400,
        'invalid-request',
        /either/,
      ],
      [
        'a requester',
        post('/v1/campaigns', 'application/json', `{"reason":"x","targets":[${list}],"requestedBy":"root"}`),
        400,
        'invalid-request',
        /requestedBy/,
      ],
      [
        'all by mistake',
        post('/v1/campaigns', 'application/json', '{"reason":"x","selectors":[{"connection":"sim-fsx"}]}'),
        400,
        'invalid-request',
        /every task/,
      ],
      [
        'an unknown state',
        post(
          '/v1/campaigns',
          'application/json',
          '{"reason":"x","selectors":[{"connection":"sim-fsx","states":["NOPE"]}]}',
        ),
        400,
        'invalid-targets',
        /./,
      ],
      [
        'a list that is no JSON',
        post('/v1/campaigns', 'application/json', '{"reason"'),
        400,
        'invalid-request',
        /./,
      ],
    ];
    for (const [name, answering, status, slug, detail] of wrong) {
      const answer = await answering;
      assert.deepEqual(
        [answer.status, slugOf(answer)],
        [status, slug],
        `${name}: ${JSON.stringify(answer.body)}`,
      );
      assert.match(`${answer.body.detail} ${JSON.stringify(answer.body.errors)}`, detail, name);
    }
    const nothing = await api.send<Problem>('POST', '/v1/campaigns');
    assert.deepEqual([nothing.status, slugOf(nothing)], [400, 'invalid-request']);
    assert.equal((await idsOf()).length, before_);
  });

  it('do not begin when the client hangs up amid the list, and nothing of it is left', async () => {
    const before_ = (await idsOf()).length;
    const uris = await seeded(200);
    const sending = httpRequest(`${api.url}/v1/campaigns?reason=x`, {
      method: 'POST',
      headers: { 'content-type': NDJSON },
    });
    sending.on('error', () => {});
    sending.write(uris.map((uri) => `"${uri}"\n`).join(''));
    while ((await spools()).length === 0) await sleep(20);
    sending.destroy();
    while ((await spools()).length > 0) await sleep(20);
    assert.equal((await idsOf()).length, before_);
    const told = await api.send('GET', '/v1/campaigns?limit=1');
    assert.equal(told.status, 200);
  });

  it('refuse a list that is too long while it is being sent, and go on with the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const piece = Buffer.alloc(1024 * 1024, '#\n');
    async function* pieces() {
      for (let sent = 0; sent <= MOST_TARGET_BYTES + 4 * piece.length; sent += piece.length) yield piece;
    }
    const ask = (method: string, path: string) =>
      httpRequest(api.url + path, { method, agent, headers: { 'content-type': CSV } });
    const sending = ask('POST', '/v1/campaigns?reason=x');
    const answering = onceOf(sending, 'response').then(async ([answer]) => {
      const { statusCode } = answer as IncomingMessage;
      return { statusCode, body: (await jsonOf(answer as IncomingMessage)) as Problem };
    });
    // Whoever is answered before it has sent all need not send the rest.
    await pipeline(pieces(), sending).catch(() => {});
    const { statusCode, body } = await answering;
    assert.equal(statusCode, 413);
    assert.match(body.detail, /Nothing was started/);
    const [next] = (await onceOf(ask('GET', '/healthz').end(), 'response')) as [IncomingMessage];
    assert.equal(next.statusCode, 200);
    await jsonOf(next);
    agent.destroy();
    assert.deepEqual(await spools(), []);
  });

  it('are planned, and started when somebody says so, unless the world has moved on', async () => {
    const uris = await seeded(20);
    const path = `/v1/campaigns:plan?reason=x&maxDrift=0.05&protect=${encodeURIComponent(uris[0] ?? '')}`;
    const { status, body } = await post(path, NDJSON, uris.map((uri) => JSON.stringify(uri)).join('\n'));
    assert.equal(status, 202);
    const { plan } = await until(body.id, ({ phase }) => phase === 'planned');
    assert.deepEqual([plan?.wouldCancel, plan?.protected], [19, 1]);

    for (const uri of uris.slice(1, 4)) await (await stack.quiesce.cancel(uri)).verdict();
    const refused = await api.send<Problem>('POST', `/v1/campaigns/${body.id}:start`);
    assert.deepEqual([refused.status, slugOf(refused)], [409, 'request-refused']);
    assert.match(refused.body.detail, /3 of the targets are no longer as the plan saw them/);
    const started = await api.send<CampaignBody>('POST', `/v1/campaigns/${body.id}:start`, {
      body: { reason: 'so be it' },
    });
    assert.deepEqual([started.status, started.body.plan?.drifted], [200, 0]);
    assert.deepEqual((await ended(body.id)).states, { protected: 1, canceled: 19 });
    const again = await api.send('POST', `/v1/campaigns/${body.id}:start`);
    assert.deepEqual([again.status, slugOf(again)], [409, 'campaign-ended']);
  });

  it('are steered while they run', async () => {
    const uris = await seeded(60);
    const { body } = await post(
      '/v1/campaigns?reason=x&callsPerSecond=2&waves=10&waves=100%25&approveEachWave=true',
      NDJSON,
      uris.map((uri) => JSON.stringify(uri)).join('\n'),
    );
    const steer = (verb: string, more?: object) =>
      api.send<CampaignBody & Problem>('POST', `/v1/campaigns/${body.id}:${verb}`, more && { body: more });
    const early = await steer('approve');
    assert.deepEqual([early.status, slugOf(early)], [409, 'request-refused']);
    await until(body.id, ({ calls }) => calls.asks > 0);
    const paused = await steer('pause', { reason: 'lunch' });
    assert.deepEqual([paused.status, paused.body.note], [200, 'Paused by ann: lunch']);
    assert.equal((await until(body.id, ({ phase }) => phase === 'paused')).phase, 'paused');
    assert.equal((await steer('resume')).status, 200);
    const rate = await steer('rate', { callsPerSecond: null });
    assert.deepEqual([rate.status, rate.body.callsPerSecond], [200, undefined]);
    assert.equal(slugOf(await steer('rate', { callsPerSecond: 0 })), 'invalid-request');
    assert.equal(slugOf(await steer('rate')), 'invalid-request');
    await until(body.id, ({ phase }) => phase === 'waiting-for-approval');
    assert.equal((await steer('rate', { callsPerSecond: 1 })).body.callsPerSecond, 1);
    assert.equal((await steer('approve')).status, 200);
    assert.equal((await steer('abort', { reason: 'enough' })).status, 200);
    const { end, note, states } = await ended(body.id);
    assert.deepEqual([end, note], ['aborted', 'Aborted by ann: enough']);
    assert.equal(slugOf(await steer('pause')), 'campaign-ended');

    const left = states['left-alone'] ?? 0;
    assert.ok(left > 0, JSON.stringify(states));
    const retried = await api.send<BegunBody>('POST', `/v1/campaigns/${body.id}:retry`, {
      body: { reason: 'the rest', outcomes: ['left-alone'] },
    });
    assert.equal(retried.status, 202, JSON.stringify(retried.body));
    assert.deepEqual((await ended(retried.body.id)).states, { canceled: left });
    assert.equal(slugOf(await api.send('GET', '/v1/campaigns/nowhere')), 'campaign-not-found');
    assert.equal(slugOf(await api.send('POST', '/v1/campaigns/nowhere:pause')), 'campaign-not-found');
  });

  it('are reported in every format, as they stand', async () => {
    const uris = await seeded(LANE_SIZE + 200);
    const { body } = await post(
      '/v1/campaigns?reason=x',
      NDJSON,
      uris.map((uri) => JSON.stringify(uri)).join('\n'),
    );
    await ended(body.id);
    const report = async (format: string) => {
      const answer = await fetch(`${api.url}/v1/campaigns/${body.id}/report?format=${format}`);
      assert.equal(answer.status, 200);
      assert.equal(
        answer.headers.get('content-disposition'),
        `attachment; filename="campaign-${body.id}.${format}"`,
      );
      return { type: answer.headers.get('content-type'), text: await answer.text() };
    };
    const tasksOf = (rows: readonly { readonly task?: string }[]) =>
      rows.map(({ task = '' }) => task).toSorted();
    const csv = await report('csv');
    assert.equal(csv.type, 'text/csv; charset=utf-8; header=present');
    assert.deepEqual(tasksOf(parse(csv.text, { columns: true })), uris.toSorted());
    const ndjson = await report('ndjson');
    const lines = ndjson.text.trimEnd().split('\n');
    assert.deepEqual(tasksOf(lines.map((line) => JSON.parse(line) as ReportRow)), uris.toSorted());
    const json = JSON.parse((await report('json')).text) as ReportRow[];
    assert.deepEqual(tasksOf(json), uris.toSorted());
    assert.ok(json.every(({ state, clientToken }) => state === 'canceled' && clientToken?.length === 64));
    const md = await report('md');
    assert.equal(md.type, 'text/markdown; charset=utf-8');
    assert.match(md.text, /^# Campaign .*\n\n\*\*done\.\*\*/);

    const missing = await api.send('GET', '/v1/campaigns/nowhere/report');
    assert.deepEqual([missing.status, slugOf(missing)], [404, 'campaign-not-found']);
    assert.equal(
      slugOf(await api.send('GET', `/v1/campaigns/${body.id}/report?format=xml`)),
      'invalid-request',
    );
    assert.equal((await fetch(`${api.url}/v1/campaigns/${body.id}/report`, { method: 'HEAD' })).status, 405);
  });

  it('are begun once by requests of the same Idempotency-Key, whatever becomes of the answers', async () => {
    const uris = await seeded(LANE_SIZE + 100);
    const list = uris.map((uri) => JSON.stringify(uri)).join('\n');
    const path = '/v1/campaigns?reason=x';
    const named = (key: string, to = path, body = list) =>
      post(to, NDJSON, body, 'ann', { 'idempotency-key': key });
    const both = await Promise.all([named('one'), named('one')]);
    const ids = new Set(both.map(({ body }) => body.id));
    assert.deepEqual([ids.size, ...both.map(({ status }) => status)], [1, 202, 202]);
    const [id = ''] = ids;
    const { targets, states } = await ended(id);
    assert.deepEqual([targets, states], [uris.length, { canceled: uris.length }]);
    const late = await named('one');
    assert.deepEqual([late.status, late.body.id], [202, id]);
    assert.equal(late.headers.get('idempotency-replayed'), 'true');
    const others = [
      named('one', path, `${list}\n`),
      named('one', `${path}&maxTargets=2000`),
      named('one', '/v1/campaigns:plan?reason=x'),
    ];
    for (const other of await Promise.all(others))
      assert.deepEqual([other.status, slugOf(other)], [422, 'idempotency-key-reused']);
    const another = await post('/v1/campaigns?reason=x', NDJSON, list, 'limited', {
      'idempotency-key': 'one',
    });
    assert.notEqual(another.body.id, id);
    await ended(another.body.id);
  });

  it('are told once what is sent twice under the same Idempotency-Key', async () => {
    const list = (await seeded(30)).map((uri) => JSON.stringify(uri)).join('\n');
    const waves = 'waves=5&waves=10&waves=100%25&approveEachWave=true';
    const { body } = await post(`/v1/campaigns?reason=x&${waves}`, NDJSON, list);
    const steer = (verb: string, key: string, more: object = {}) =>
      api.send<CampaignBody>('POST', `/v1/campaigns/${body.id}:${verb}`, {
        body: more,
        headers: { 'idempotency-key': key },
      });
    await until(body.id, ({ phase }) => phase === 'waiting-for-approval');
    assert.equal((await steer('approve', 'second')).status, 200);
    await until(body.id, ({ phase, wave }) => phase === 'waiting-for-approval' && wave?.number === 2);
    assert.equal((await steer('approve', 'second')).status, 200);
    await sleep(1_000);
    assert.equal((await campaignOf(body.id)).phase, 'waiting-for-approval');
    assert.equal((await steer('abort', 'end')).status, 200);
    await ended(body.id);
    assert.equal((await steer('abort', 'end')).status, 200);
    assert.equal(slugOf(await steer('abort', 'end', { reason: 'another' })), 'idempotency-key-reused');

    // Of what is not there, no key is kept.
    const abort = (id: string) =>
      api.send('POST', `/v1/campaigns/${id}:abort`, { headers: { 'idempotency-key': 'stray' } });
    assert.equal(slugOf(await abort('nosuch')), 'campaign-not-found');
    assert.notEqual(slugOf(await abort('nosuch-either')), 'idempotency-key-reused');

    const retry = { reason: 'the rest', outcomes: ['left-alone'] };
    const once = await steer('retry', 'again', retry);
    const twice = await steer('retry', 'again', retry);
    assert.deepEqual([once.status, twice.status, twice.body.id], [202, 202, once.body.id]);
    await ended(once.body.id);
    const nothing = await api.send('POST', `/v1/campaigns/${once.body.id}:retry`, { body: retry });
    assert.deepEqual([nothing.status, slugOf(nothing)], [409, 'request-refused']);
  });

  it('are listed a page at a time', async () => {
    const seen: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const { status, body } = await api.send<{ items: { id: string }[]; nextCursor?: string }>(
        'GET',
        `/v1/campaigns${query}`,
      );
      assert.equal(status, 200);
      assert.ok(body.items.length <= 2);
      seen.push(...body.items.map(({ id }) => id));
      if (body.nextCursor === undefined) break;
      query = `?limit=2&cursor=${body.nextCursor}`;
    }
    const all = await idsOf();
    assert.deepEqual(seen, all);
    const none = await api.send<{ items: unknown[] }>('GET', '/v1/campaigns?requestedBy=nobody');
    assert.deepEqual(none.body.items, []);
    for (const bad of ['limit=0', 'limit=x', 'cursor=bm9uZQ', 'cursor=%00', 'running=yes', 'foo=1'])
      assert.equal(slugOf(await api.send('GET', `/v1/campaigns?${bad}`)), 'invalid-request', bad);
  });

  it('are for a limited caller only where all connections are its own', async () => {
    const uris = await seeded(3);
    const [other] = await stack.simulator.seed({ provider: 'alibaba-cpfs', state: 'running', count: 1 });
    const cpfs = taskUri({ provider: 'alibaba-cpfs', connection: 'sim-cpfs', ids: other?.ids ?? {} });
    const list = (...targets: string[]) => targets.map((uri) => JSON.stringify(uri)).join('\n');
    const own = await post('/v1/campaigns?reason=x', NDJSON, list(...uris), 'limited');
    assert.equal(own.status, 202);
    const mixed = await post('/v1/campaigns?reason=x', NDJSON, list(uris[0] ?? '', cpfs));
    assert.equal(mixed.status, 202, JSON.stringify(mixed.body));

    const refused = await post<Problem>(
      '/v1/campaigns?reason=x',
      NDJSON,
      list(uris[0] ?? '', cpfs),
      'limited',
    );
    assert.deepEqual([refused.status, slugOf(refused)], [403, 'forbidden']);
    assert.deepEqual(
      refused.body.errors?.map(({ line, message }) => [line, message]),
      [[2, 'limited may not use connection sim-cpfs.']],
    );
    const selected = await api.send('POST', '/v1/campaigns', {
      ...as('limited'),
      body: { reason: 'x', selectors: [{ connection: 'sim-cpfs', all: true }] },
    });
    assert.deepEqual([selected.status, slugOf(selected)], [403, 'forbidden']);

    const idOf = (answer: Answer<BegunBody>) => answer.body.id;
    const visible = async (caller: string) => {
      const { body } = await api.send<{ items: { id: string }[] }>(
        'GET',
        '/v1/campaigns?limit=200',
        as(caller),
      );
      return [own, mixed].map((answer) => body.items.some(({ id }) => id === idOf(answer)));
    };
    while (!(await visible('ann')).every(Boolean)) await sleep(100);
    assert.deepEqual(await visible('limited'), [true, false]);
    assert.deepEqual(await visible('elsewhere'), [false, false]);

    // By a page's token, everybody can read what its last campaign is, and when that began.
    const cursors: string[] = [];
    for (let query = '?limit=1'; ;) {
      const { body } = await api.send<{ items: { id: string; runId: string }[]; nextCursor?: string }>(
        'GET',
        `/v1/campaigns${query}`,
        as('limited'),
      );
      if (body.nextCursor === undefined) break;
      const [last] = body.items;
      assert.ok(last !== undefined && last.id !== idOf(mixed));
      const token = Buffer.from(body.nextCursor, 'base64url').toString('utf8');
      assert.ok(token.includes(last.runId), token);
      cursors.push(body.nextCursor);
      query = `?limit=1&cursor=${body.nextCursor}`;
    }
    assert.ok(cursors.length > 0);

    const paths = ['', '/report', '/events'].map((rest) => ['GET', rest] as const);
    const verbs = ['pause', 'resume', 'abort', 'approve', 'start', 'rate', 'retry'];
    const bodies: Readonly<Record<string, object>> = { rate: { callsPerSecond: 1 }, retry: { reason: 'x' } };
    for (const [method, rest] of [...paths, ...verbs.map((verb) => ['POST', `:${verb}`] as const)]) {
      const body = bodies[rest.slice(1)];
      const answer = await api.send(method, `/v1/campaigns/${idOf(mixed)}${rest}`, {
        ...as('limited'),
        ...(body && { body }),
      });
      assert.deepEqual([answer.status, slugOf(answer)], [404, 'campaign-not-found'], `${method} ${rest}`);
    }
    assert.equal((await campaignOf(idOf(own), 'limited')).requestedBy, 'limited');
    const find = (uri: string) =>
      api.send<{ items: ReportRow[] }>(
        'GET',
        `/v1/campaigns:find?task=${encodeURIComponent(uri)}`,
        as('limited'),
      );
    assert.equal(slugOf(await find(cpfs)), 'forbidden');
    // They go on meanwhile.
    const rowsOf = async (named: string) =>
      (await find(named)).body.items.map(({ campaign, task }) => `${campaign} ${task}`).sort();
    const rows = await rowsOf(uris[0] ?? '');
    assert.ok(rows.length > 0);
    const idIn = (uri = '') => uri.split('/').at(-1) ?? '';
    assert.deepEqual(await rowsOf(idIn(uris[0])), rows);
    assert.deepEqual(await rowsOf(idIn(cpfs)), []);

    const reading = await api.send('POST', `/v1/campaigns/${idOf(own)}:abort`, as('reader'));
    assert.deepEqual([reading.status, slugOf(reading)], [403, 'forbidden']);
    for (const answer of [own, mixed]) await ended(idOf(answer));
  });
});
