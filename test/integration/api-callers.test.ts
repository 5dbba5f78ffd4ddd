import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { authenticationOf } from '../../api/authenticate.js';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';
import type { Scope } from '../../api/caller.js';
import { OidcCallers } from '../../api/oidc-callers.js';
import { apiSchema } from '../../config/api-settings.js';
import { configOf, slugOf, startApi, type RunningApi } from '../api-server.js';
import { simulatedConnection, startStack, type Stack } from '../harness.js';

const BIN = resolve(import.meta.dirname, '../../../bin/quiesce.js');
const AUDIENCE = 'quiesce';
const TASK = 'task-0123456789abcdef0';
const HOUR_LONG = { addressMs: 3_600_000, keysMs: 3_600_000, lastKeysMs: 3_600_000 };

/** A request for each scope. */
const REQUESTS = {
  read: ['GET', '/v1/cancellations', undefined],
  cancel: ['POST', '/v1/cancellations', { task: `aws-fsx://sim/${TASK}` }],
} as const;

describe('callers of the API', () => {
  let stack: Stack;
  let api: RunningApi;
  let folder: string;
  let keysFile: string;
  let issuer: Issuer;

  before(async () => {
    stack = await startStack({
      connect: (cloud, everyMs) => {
        const sim = simulatedConnection(cloud, everyMs);
        return [sim, { ...sim, name: 'other' }];
      },
    });
    folder = await mkdtemp(join(tmpdir(), 'quiesce-keys-'));
    keysFile = join(folder, 'keys.json');
    await writeFile(join(folder, 'quiesce.config.yaml'), 'connections: {}\n');
    issuer = await startIssuer();
    const settings = apiSchema.parse({
      keysFile,
      rateLimit: null,
      oidc: { issuer: issuer.url, audience: AUDIENCE, connectionsClaim: 'connections' },
    });
    await makeKey('first', ['read']);
    api = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
  });
  after(async () => {
    await api?.close();
    await stack?.close();
    issuer?.server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function makeKey(name: string, scopes: Scope[], more = {}): Promise<string> {
    const { key, sha256 } = newApiKey();
    const entry = { name, sha256, scopes, createdAt: new Date().toISOString(), ...more };
    await changeKeysFile(keysFile, (keys) => [...keys, entry]);
    return key;
  }

  const as = (credential: string | undefined, [method, path, body]: readonly [string, string, unknown?]) =>
    api.send(method, path, {
      ...(body !== undefined && { body }),
      headers: credential === undefined ? {} : { authorization: `Bearer ${credential}` },
    });

  /** A running service sees a change within a second. */
  async function until(status: number, credential: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if ((await as(credential, REQUESTS.read)).status === status) return;
      await sleep(100);
    }
    assert.fail(`Never answered ${status}.`);
  }

  /** Reads an event stream to its end; resolves, when its head has come, to a promise of that. */
  async function stream(credential: string, path: string): Promise<{ readonly ended: Promise<string> }> {
    const answer = await fetch(api.url + path, { headers: { authorization: `Bearer ${credential}` } });
    assert.equal(answer.status, 200);
    return { ended: answer.text() };
  }

  it('may do what their scopes say, and nothing else', async () => {
    const reader = await makeKey('reader', ['read']);
    const canceller = await makeKey('canceller', ['cancel']);
    const both = await makeKey('both', ['read', 'cancel']);
    await until(200, both);
    const matrix = [
      [undefined, 401, 401],
      ['', 401, 401],
      ['quiesce_nonsense', 401, 401],
      ['nonsense', 401, 401],
      [reader, 200, 403],
      [canceller, 403, 202],
      [both, 200, 202],
    ] as const;
    for (const [credential, read, cancel] of matrix) {
      const answers = [await as(credential, REQUESTS.read), await as(credential, REQUESTS.cancel)];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [read, cancel],
        String(credential),
      );
      for (const answer of answers.filter(({ status }) => status === 401)) {
        assert.equal(slugOf(answer), 'unauthenticated');
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      }
      for (const answer of answers.filter(({ status }) => status === 403))
        assert.equal(slugOf(answer), 'forbidden');
    }
    // What stands open: that it runs, and what it does.
    for (const path of ['/healthz', '/openapi.json', '/docs/'])
      assert.equal((await fetch(api.url + path)).status, 200, path);
    assert.equal((await as(undefined, ['GET', '/metrics'])).status, 401);
    assert.equal(
      (await fetch(`${api.url}/metrics`, { headers: { authorization: `bearer ${reader}` } })).status,
      200,
    );
  });

  it('see and use their own connections alone', async () => {
    const key = await makeKey('other-only', ['read', 'cancel'], { connections: ['other'] });
    await until(200, key);
    await stack.quiesce.cancel(`aws-fsx://sim/${TASK}`);
    const handle = await stack.quiesce.cancel(`aws-fsx://other/${TASK}`);
    const idOf = (workflowId: string) => Buffer.from(workflowId).toString('base64url');
    const theirs = idOf(handle.id.replace('other', 'sim'));
    const cases = [
      [200, ['GET', `/v1/cancellations/${idOf(handle.id)}`]],
      [202, ['POST', '/v1/cancellations', { task: `aws-fsx://other/${TASK}` }]],
      [403, ['GET', `/v1/cancellations/${theirs}`]],
      [403, ['GET', `/v1/cancellations/${idOf('cancel/aws-fsx/nowhere/x')}`]],
      [403, ['POST', `/v1/cancellations/${theirs}:poll-now`]],
      [403, ['POST', '/v1/cancellations', { task: `aws-fsx://sim/${TASK}` }]],
      [403, ['GET', '/v1/cancellations?connection=sim']],
      // Of the work of all connections.
      [403, ['GET', '/metrics']],
    ] as const;
    for (const [status, asked] of cases)
      assert.equal((await as(key, asked)).status, status, JSON.stringify(asked));
    const connections = await as(key, ['GET', '/v1/connections']);
    assert.deepEqual(
      (connections.body['items'] as { name: string }[]).map(({ name }) => name),
      ['other'],
    );
    let found: { connection: string }[] = [];
    for (let tries = 0; found.length === 0 && tries < 100; tries++) {
      found = (await as(key, ['GET', '/v1/cancellations'])).body['items'] as typeof found;
      await sleep(50);
    }
    assert.deepEqual(new Set(found.map(({ connection }) => connection)), new Set(['other']));
  });

  it('are on the record, and nothing they send changes that', async () => {
    const key = await makeKey('on-record', ['read', 'cancel']);
    await until(200, key);
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const task = `aws-fsx://sim/${seeded!.id}`;
    const forged = await as(key, ['POST', '/v1/cancellations', { task, requestedBy: 'the-boss' }]);
    assert.equal(forged.status, 400);
    const asked = await as(key, ['POST', '/v1/cancellations?requestedBy=the-boss', { task }]);
    assert.equal(asked.status, 400);
    const started = await api.send('POST', '/v1/cancellations', {
      body: { task },
      headers: {
        authorization: `Bearer ${key}`,
        'x-requested-by': 'the-boss',
        'x-forwarded-user': 'the-boss',
      },
    });
    assert.equal(started.body['requestedBy'], 'key:on-record');
    const abandoned = await as(key, [
      'POST',
      `/v1/cancellations/${started.body['id'] as string}:abandon`,
      { reason: 'x', by: 'the-boss' },
    ]);
    assert.equal(abandoned.status, 400);
  });

  it('have Idempotency-Keys of their own', async () => {
    const [one, two] = [await makeKey('one', ['read', 'cancel']), await makeKey('two', ['read', 'cancel'])];
    await until(200, two);
    const tasks = await Promise.all(
      [1, 2].map(() => stack.simulator.seed({ provider: 'aws-fsx', state: 'running' })),
    );
    const [first, second] = await Promise.all(
      [one, two].map((key, place) =>
        api.send('POST', '/v1/cancellations', {
          body: { task: `aws-fsx://sim/${tasks[place]![0]!.id}` },
          headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'the-same' },
        }),
      ),
    );
    assert.deepEqual([first!.status, second!.status], [202, 202]);
  });

  it('are refused once their key is revoked or has expired, by a running service', async () => {
    const key = await makeKey('short-lived', ['read']);
    await until(200, key);
    await changeKeysFile(keysFile, (keys) => keys.filter(({ name }) => name !== 'short-lived'));
    await until(401, key);
    const past = new Date(Date.now() - 1_000).toISOString();
    const expired = await makeKey('expired', ['read'], { expiresAt: past });
    const valid = await makeKey('valid', ['read']);
    await until(200, valid);
    assert.equal((await as(expired, REQUESTS.read)).status, 401);
  });

  it(
    'are told nothing more once their key is revoked or their token has expired',
    { timeout: 240_000 },
    async () => {
      const worker = await stack.startWorker();
      const seeded = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 30 });
      const campaign = await stack.quiesce.campaigns.start(
        { targets: seeded.map(({ id }) => `aws-fsx://sim/${id}`) },
        { reason: 'to be watched', callsPerSecond: 0.05 },
      );
      const [stuck] = await stack.simulator.seed({
        provider: 'aws-fsx',
        state: 'running',
        onCancel: 'stuckCanceling',
      });
      const { id } = await stack.quiesce.cancel(`aws-fsx://sim/${stuck!.id}`);
      const key = await makeKey('watcher', ['read']);
      await until(200, key);
      const soon = await issuer.sign(
        { sub: 'ada', scope: 'quiesce:read', connections: ['sim'] },
        { expires: '8s' },
      );
      const events = `/v1/campaigns/${campaign.id}/events`;
      const streams = await Promise.all([key, soon].map((credential) => stream(credential, events)));
      const poll = as(key, ['GET', `/v1/cancellations/${Buffer.from(id).toString('base64url')}?wait=60s`]);
      await sleep(300);
      await changeKeysFile(keysFile, (keys) => keys.filter(({ name }) => name !== 'watcher'));
      const revokedAtMs = Date.now();
      const polled = await poll;
      assert.deepEqual([polled.status, slugOf(polled)], [401, 'unauthenticated']);
      // Both end as they do at the end of a campaign, and not by an error.
      await streams[0]!.ended;
      assert.ok(Date.now() - revokedAtMs < 30_000);
      await streams[1]!.ended;
      assert.ok(Date.now() - revokedAtMs < 45_000);
      for (const credential of [key, soon]) assert.equal((await as(credential, ['GET', events])).status, 401);
      await campaign.abort({ by: 'tester' });
      await worker.stop();
    },
  );

  it('hold so many long polls open, and no more', async () => {
    const [busy, calm] = [await makeKey('holder', ['read']), await makeKey('other-holder', ['read'])];
    const settings = apiSchema.parse({ keysFile, rateLimit: null, heldPerCaller: 2 });
    const alone = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
    const { id } = await stack.quiesce.cancel(`aws-fsx://sim/${TASK}`);
    const path = `/v1/cancellations/${Buffer.from(id).toString('base64url')}?wait=60s`;
    const held: AbortController[] = [];
    const hold = (key: string) => {
      const leaving = new AbortController();
      held.push(leaving);
      const headers = { authorization: `Bearer ${key}` };
      return fetch(alone.url + path, { headers, signal: leaving.signal }).catch(() => undefined);
    };
    const waiting = [hold(busy), hold(busy)];
    const ask = (key: string, query = '?wait=100ms') =>
      alone.send('GET', path.replace(/\?.*/, query), { headers: { authorization: `Bearer ${key}` } });
    let refused = await ask(busy);
    for (let tries = 0; refused.status !== 429 && tries < 100; tries++) refused = await ask(busy);
    assert.deepEqual([refused.status, slugOf(refused)], [429, 'rate-limited']);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await ask(busy, '')).status, 200);
    assert.equal((await ask(calm)).status, 200);
    held[0]!.abort();
    for (let tries = 0; (await ask(busy)).status !== 200; tries++) assert.ok(tries < 100);
    held[1]!.abort();
    await Promise.all(waiting);
    await alone.close();
  });

  it('are all refused while the keys file cannot be trusted', async () => {
    const key = await makeKey('trusted', ['read']);
    await until(200, key);
    await chmod(keysFile, 0o666);
    await until(503, key);
    assert.equal(slugOf(await as(key, REQUESTS.read)), 'authentication-unavailable');
    await chmod(keysFile, 0o600);
    await until(200, key);
    const kept = await readFile(keysFile, 'utf8');
    await writeFile(keysFile, '{"keys":');
    await until(503, key);
    await writeFile(keysFile, kept);
    await until(200, key);
  });

  it('get keys from `quiesce keys`, which keeps hashes alone', async () => {
    const run = promisify(execFile);
    const env = { PATH: process.env['PATH'], HOME: folder };
    const config = join(folder, 'with-keys.yaml');
    const credentials = '{ accessKeyId: { env: A }, secretAccessKey: { env: B } }';
    await writeFile(
      config,
      `connections:\n  sim: { provider: aws-fsx, region: eu-west-1, credentials: ${credentials} }\napi: { keysFile: keys.json }\n`,
    );
    const quiesce = (...args: string[]) =>
      run(process.execPath, [BIN, 'keys', ...args, '--config', config], { cwd: folder, env }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
          code,
          stdout,
          stderr,
        }),
      );
    const made = await quiesce(
      'create',
      'ci',
      '--scope',
      'read,cancel',
      '--connection',
      'sim',
      '--expires',
      '90d',
    );
    assert.equal(made.code, 0, made.stderr);
    const key = made.stdout.trim();
    assert.match(key, /^quiesce_[A-Za-z0-9_-]{43}$/);
    await until(200, key);
    const kept = await readFile(keysFile, 'utf8');
    assert.equal(kept.includes(key.slice('quiesce_'.length)), false);
    assert.equal((await stat(keysFile)).mode & 0o777, 0o600);
    const listed = JSON.parse((await quiesce('list', '--output', 'json')).stdout) as {
      name: string;
      connections?: string[];
    }[];
    assert.deepEqual(listed.find(({ name }) => name === 'ci')?.connections, ['sim']);
    assert.equal((await quiesce('create', 'ci', '--scope', 'read')).code, 2);
    assert.equal((await quiesce('create', 'x', '--scope', 'root')).code, 2);
    assert.equal((await quiesce('create', 'x', '--scope', 'read', '--connection', 'simm')).code, 2);
    assert.equal((await quiesce('create', 'No Name', '--scope', 'read')).code, 2);
    assert.equal((await quiesce('revoke', 'ci')).code, 0);
    await until(401, key);
    assert.equal((await quiesce('revoke', 'ci')).code, 5);
    // A lock that a crash has left is told.
    await writeFile(`${keysFile}.new`, '');
    const locked = await quiesce('revoke', 'first');
    assert.deepEqual([locked.code, locked.stderr.includes('delete it')], [2, true]);
    await rm(`${keysFile}.new`);
  });

  it('may be those an issuer vouches for', async () => {
    const token = await issuer.sign({ sub: 'ada', scope: 'openid quiesce:read', connections: ['sim'] });
    assert.equal((await as(token, REQUESTS.read)).status, 200);
    assert.equal((await as(token, REQUESTS.cancel)).status, 403);
    const lists = await issuer.sign({
      sub: 'ada',
      scope: ['quiesce:read', 'quiesce:cancel'],
      connections: 'sim',
    });
    const [seeded] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    const started = await as(lists, ['POST', '/v1/cancellations', { task: `aws-fsx://sim/${seeded!.id}` }]);
    assert.deepEqual([started.status, started.body['requestedBy']], [202, 'oidc:ada']);
    // A token that names no connection may use none.
    const none = await issuer.sign({ sub: 'ada', scope: 'quiesce:read quiesce:cancel' });
    assert.equal((await as(none, REQUESTS.cancel)).status, 403);
    assert.deepEqual((await as(none, REQUESTS.read)).body['items'], []);
  });

  it('are not taken for whom a bad token says they are', async () => {
    const good = { sub: 'ada', scope: 'quiesce:read', connections: ['sim'] };
    const secret = new TextEncoder().encode('a secret that both would have to know');
    const strangers = await generateKeyPair('RS256');
    const tokens = {
      expired: await issuer.sign(good, { expires: '-1 minute' }),
      'of another issuer': await issuer.sign(good, { issuer: 'https://elsewhere.example' }),
      'for another audience': await issuer.sign(good, { audience: 'others' }),
      'without an end': await issuer.sign(good, { expires: null }),
      'without a name': await issuer.sign({ scope: 'quiesce:read' }),
      'with a name too long': await issuer.sign({ ...good, sub: 'x'.repeat(300) }),
      'with a name of two lines': await issuer.sign({ ...good, sub: 'ada\nroot' }),
      'with a shared secret': await signed(good, issuer.url)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(secret),
      "signed with a stranger's key": await signed(good, issuer.url)
        .setProtectedHeader({ alg: 'RS256', kid: 'first' })
        .sign(strangers.privateKey),
      'of a key nobody knows': await signed(good, issuer.url)
        .setProtectedHeader({ alg: 'RS256', kid: 'unknown' })
        .sign(strangers.privateKey),
      unsigned: new UnsecuredJWT(good)
        .setIssuer(issuer.url)
        .setAudience(AUDIENCE)
        .setExpirationTime('1h')
        .encode(),
      malformed: 'a.b.c',
    };
    for (const [what, token] of Object.entries(tokens)) {
      const answer = await as(token, REQUESTS.read);
      assert.deepEqual([answer.status, slugOf(answer)], [401, 'unauthenticated'], what);
    }
  });

  it('are still known when their issuer has moved its keys', async () => {
    const moving = await startIssuer();
    const settings = apiSchema.parse({ oidc: { issuer: moving.url, audience: AUDIENCE } }).oidc!;
    const callers = new OidcCallers(settings, { ...HOUR_LONG, addressMs: 50 });
    const nameOf = async () => (await callers.callerOf(await moving.sign({ sub: 'ada' }))).name;
    assert.equal(await nameOf(), 'oidc:ada');
    await moving.move();
    let name: string | undefined;
    for (let tries = 0; name === undefined && tries < 100; tries++) {
      await sleep(50);
      name = await nameOf().catch(() => undefined);
    }
    assert.equal(name, 'oidc:ada');
    // It is asked again in vain, and what it has said before counts.
    moving.server.close();
    moving.server.closeAllConnections();
    for (let times = 0; times < 5; times++) {
      await sleep(60);
      assert.equal(await nameOf(), 'oidc:ada');
    }
  });

  it('are unknown as soon as their issuer has withdrawn the key, and not because it is away', async (t) => {
    const changing = await startIssuer();
    t.after(() => changing.server.close());
    const settings = apiSchema.parse({ oidc: { issuer: changing.url, audience: AUDIENCE } }).oidc!;
    const callers = new OidcCallers(settings, { ...HOUR_LONG, keysMs: 100 });
    const old = await changing.sign({ sub: 'ada' });
    assert.equal((await callers.callerOf(old)).name, 'oidc:ada');
    await changing.replace();
    await sleep(150);
    // The first one that comes after is refused already.
    await assert.rejects(callers.callerOf(old), { slug: 'unauthenticated' });
    const token = await changing.sign({ sub: 'ada' });
    assert.equal((await callers.callerOf(token)).name, 'oidc:ada');
    changing.server.close();
    changing.server.closeAllConnections();
    for (let times = 0; times < 3; times++) {
      await sleep(150);
      assert.equal((await callers.callerOf(token)).name, 'oidc:ada');
    }
  });

  it('are unknown when their issuer has been away for long', async (t) => {
    const leaving = await startIssuer();
    t.after(() => leaving.server.close());
    const settings = apiSchema.parse({ oidc: { issuer: leaving.url, audience: AUDIENCE } }).oidc!;
    const callers = new OidcCallers(settings, { ...HOUR_LONG, keysMs: 100, lastKeysMs: 2_000 });
    const token = await leaving.sign({ sub: 'ada' });
    assert.equal((await callers.callerOf(token)).name, 'oidc:ada');
    leaving.server.close();
    leaving.server.closeAllConnections();
    await sleep(2_100);
    await assert.rejects(callers.callerOf(token), { slug: 'authentication-unavailable' });
  });

  it('are known from the first request on, also of many at once', async () => {
    const key = await makeKey('early', ['read']);
    const settings = apiSchema.parse({ keysFile, rateLimit: null });
    const fresh = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
    const headers = { authorization: `Bearer ${key}` };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fresh.send('GET', '/v1/connections', { headers })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    await fresh.close();
  });

  it('are told when their issuer does not answer', async () => {
    const settings = apiSchema.parse({
      rateLimit: null,
      oidc: { issuer: 'http://127.0.0.1:9', audience: AUDIENCE },
    });
    const alone = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
    const headers = { authorization: `Bearer ${await issuer.sign({ sub: 'ada' })}` };
    for (let times = 0; times < 2; times++) {
      const answer = await alone.send('GET', '/v1/cancellations', { headers });
      assert.deepEqual([answer.status, slugOf(answer)], [503, 'authentication-unavailable']);
    }
    await alone.close();
  });

  it('wait when they call too often, each by themselves, strangers by their address', async () => {
    const settings = apiSchema.parse({ keysFile, rateLimit: { calls: 3, per: '1m' }, trustedHops: 1 });
    const [busy, calm] = [await makeKey('busy', ['read']), await makeKey('calm', ['read'])];
    const alone = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
    const get = (headers: Record<string, string>) => alone.send('GET', '/v1/cancellations', { headers });
    const statusesOf = async (headers: Record<string, string>) => {
      const statuses = [];
      for (let times = 0; times < 5; times++) statuses.push((await get(headers)).status);
      return statuses;
    };
    assert.deepEqual(await statusesOf({ authorization: `Bearer ${busy}` }), [200, 200, 200, 429, 429]);
    const limited = await get({ authorization: `Bearer ${busy}` });
    assert.equal(slugOf(limited), 'rate-limited');
    const seconds = Number(limited.headers.get('retry-after'));
    assert.ok(seconds > 0 && seconds <= 60);
    const first = await get({ authorization: `Bearer ${calm}` });
    assert.deepEqual([first.status, first.headers.get('ratelimit-remaining')], [200, '2']);
    assert.deepEqual(await statusesOf({ 'x-forwarded-for': '203.0.113.1' }), [401, 401, 401, 429, 429]);
    assert.equal((await get({ 'x-forwarded-for': '203.0.113.2' })).status, 401);
    // Of what a caller writes before the last proxy's own entry, nothing is believed.
    assert.equal((await get({ 'x-forwarded-for': '203.0.113.9, 203.0.113.1' })).status, 429);
    for (let times = 0; times < 5; times++) assert.equal((await alone.send('GET', '/healthz')).status, 200);
    await alone.close();
  });

  it('of a flood of bad tokens have no more of their signatures checked; keys, and tokens that were good before, count all the same', async () => {
    const settings = apiSchema.parse({
      keysFile,
      rateLimit: { calls: 3, per: '1m' },
      trustedHops: 1,
      oidc: { issuer: issuer.url, audience: AUDIENCE },
    });
    const key = await makeKey('beside', ['read']);
    const alone = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
    const from = async (address: string, credential: string) => {
      const headers = { authorization: `Bearer ${credential}`, 'x-forwarded-for': address };
      return (await alone.send('GET', '/v1/connections', { headers })).status;
    };
    const earlier = await issuer.sign({ sub: 'bea', scope: 'quiesce:read' });
    assert.equal(await from('203.0.113.1', earlier), 200);
    const statuses = [];
    for (let times = 0; times < 5; times++) statuses.push(await from('203.0.113.1', 'a.b.c'));
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    // Who was known there before goes on, with a limit of their own.
    assert.equal(await from('203.0.113.1', earlier), 200);
    // It would be good, if it were looked at.
    const good = await issuer.sign({ sub: 'ada', scope: 'quiesce:read' });
    assert.equal(await from('203.0.113.1', good), 429);
    assert.equal(await from('203.0.113.2', good), 200);
    assert.equal(await from('203.0.113.1', key), 200);
    await alone.close();
  });

  it('without authentication are those who know this machine as itself', async () => {
    const open = await startApi(stack);
    const { port } = new URL(open.url);
    const statusAs = (host: string) => statusOf(Number(port), host);
    assert.equal(await statusAs(`localhost:${port}`), 200);
    assert.equal(await statusAs(`[::1]:${port}`), 200);
    assert.equal(await statusAs(`attacker.example:${port}`), 403);
    assert.equal(await statusAs(`127.0.0.1.attacker.example:${port}`), 403);
    const from = (origin: string, method = 'POST') => {
      const path = method === 'POST' ? '/v1/campaigns/nosuch:abort' : '/v1/connections';
      return open.send(method, path, { headers: { origin } });
    };
    for (const origin of ['https://attacker.example', 'null', `http://127.0.0.1:1`, 'http://localhost'])
      assert.equal((await from(origin)).status, 403, origin);
    assert.equal((await from(open.url)).status, 404);
    assert.equal((await from(open.url, 'GET')).status, 200);
    await open.close();
  });
});

function statusOf(port: number, host: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    const asked = request({ port, path: '/v1/connections', headers: { host } }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    });
    asked.on('error', fail).end();
  });
}

interface Issuer {
  readonly url: string;
  readonly server: Server;
  /** Signs with another key from now on, which is at another address. */
  move(): Promise<void>;
  /** Signs with another key from now on, and has the old one no more. */
  replace(): Promise<void>;
  sign(
    claims: JWTPayload,
    options?: { readonly expires?: string | null; readonly issuer?: string; readonly audience?: string },
  ): Promise<string>;
}

/** An OpenID Connect issuer: its discovery document, its keys, and tokens signed with one of them. */
async function startIssuer(): Promise<Issuer> {
  const newKey = async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' } };
  };
  let key = await newKey();
  let keysPath = '/keys';
  let url = '';
  const documents: Record<string, () => unknown> = {
    '/.well-known/openid-configuration': () => ({ issuer: url, jwks_uri: url + keysPath }),
    '/keys': () => ({ keys: keysPath === '/keys' ? [key.jwk] : [] }),
    '/moved': () => ({ keys: [key.jwk] }),
  };
  const server = createHttpServer(({ url: path = '' }, answer) => {
    const document = documents[path]?.();
    answer.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    server,
    async move() {
      keysPath = '/moved';
      key = await newKey();
    },
    async replace() {
      key = await newKey();
    },
    sign: (claims, options) => signToken(key.privateKey, claims, { issuer: url, ...options }),
  };
}

function signToken(
  key: CryptoKey,
  claims: JWTPayload,
  {
    expires = '1h',
    issuer = '',
    audience = AUDIENCE,
  }: { expires?: string | null; issuer?: string; audience?: string },
): Promise<string> {
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'first' })
    .setIssuer(issuer)
    .setAudience(audience);
  if (expires !== null) token.setExpirationTime(expires);
  return token.sign(key);
}

function signed(claims: JWTPayload, issuer: string): SignJWT {
  return new SignJWT(claims).setIssuer(issuer).setAudience(AUDIENCE).setExpirationTime('1h');
}
