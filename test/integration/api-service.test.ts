import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get as httpGet } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { connect as connectTls, Server as TlsServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { PROBLEMS } from '../../api/problem.js';
import { Quiesce } from '../../client/index.js';
import { sendTo, slugOf, startApi, type RunningApi } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const BIN = join(ROOT, 'bin/quiesce.js');

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
  readonly security?: readonly unknown[];
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

describe('the HTTP service', () => {
  let stack: Stack;
  let api: RunningApi;
  let folder: string;

  before(async () => {
    stack = await startStack();
    api = await startApi(stack);
    folder = await mkdtemp(join(tmpdir(), 'quiesce-api-'));
  });
  after(async () => {
    await api?.close();
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function seed(seeded = {}): Promise<string> {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...seeded });
    return `aws-fsx://sim/${task!.id}`;
  }

  it('is ready when Workers poll, and tells why when it is not', async () => {
    const early = await api.send('GET', '/readyz');
    assert.deepEqual([early.status, slugOf(early)], [503, 'not-ready']);
    assert.match(String(early.body['detail']), /No Worker/);
    assert.equal((await api.send('GET', '/healthz')).status, 200);
    await stack.startWorker();
    for (let tries = 0; (await api.send('GET', '/readyz')).status !== 200; tries++) {
      assert.ok(tries < 100);
      await sleep(100);
    }
  });

  it('starts cancellations without any Worker, and tells what it needs one for', async () => {
    const lonely = await startStack();
    const service = await startApi(lonely);
    try {
      const [task] = await lonely.simulator.seed({ provider: 'aws-fsx', state: 'running' });
      const started = await service.send('POST', '/v1/cancellations', {
        body: { task: `aws-fsx://sim/${task!.id}` },
        headers: { 'idempotency-key': 'one' },
      });
      assert.equal(started.status, 202);
      const path = started.headers.get('location')!.replace(/\?.*/, '');
      assert.equal((await service.send('GET', path)).body['phase'], 'waiting-for-worker');
      const asked = await service.send('POST', `${path}:extend`, { body: { byMs: 1_000 } });
      assert.deepEqual([asked.status, slugOf(asked)], [503, 'no-worker']);
      assert.ok(asked.headers.get('retry-after'));
    } finally {
      await service.close();
      await lonely.close();
    }
  });

  it('tells when Temporal is away', async () => {
    const other = await startStack();
    const quiesce = await Quiesce.connect({ address: other.address });
    const service = await startApi(other, { quiesce });
    await other.close();
    try {
      const ready = await service.send('GET', '/readyz');
      assert.deepEqual([ready.status, slugOf(ready)], [503, 'not-ready']);
      const listed = await service.send('GET', '/v1/cancellations');
      assert.deepEqual([listed.status, slugOf(listed)], [503, 'temporal-unavailable']);
      assert.equal(JSON.stringify(listed.body).includes('node_modules'), false);
    } finally {
      await service.close();
      await quiesce.close();
    }
  });

  it('stops in peace while a call to Temporal waits for its next try, for a caller who has hung up', async () => {
    const other = await startStack();
    const quiesce = await Quiesce.connect({ address: other.address });
    const service = await startApi(other, { quiesce });
    const { id } = await quiesce.cancel('aws-fsx://sim/task-0123456789abcdef0');
    const leaving = new AbortController();
    const path = `/v1/cancellations/${Buffer.from(id).toString('base64url')}?wait=60s`;
    const waiting = fetch(service.url + path, { signal: leaving.signal }).catch(() => undefined);
    await sleep(1_000);
    await other.close();
    // The longer it has been tried, the longer until the next try.
    await sleep(1_500);
    leaving.abort();
    await waiting;
    await service.close();
    await quiesce.close();
    // What a try throws that comes too late is nobody's to catch: it would fail this test.
    await sleep(6_000);
  });

  it('describes all that it answers', async () => {
    const { body } = await api.send<OpenApi>('GET', '/openapi.json');
    assert.equal(body.openapi, '3.1.0');
    assert.ok(body.paths['/v1/cancellations/{id}:abandon']);
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    for (const { operationId, responses } of operations)
      for (const [status, { description }] of Object.entries(responses))
        assert.notEqual(description, 'Default Response', `${operationId} ${status}`);
    const text = JSON.stringify(body);
    for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/([^"]+)"/g))
      assert.ok(name in body.components.schemas, name);
    assert.equal(text.includes('Input"'), false);
    const docs = await fetch(`${api.url}/docs/`);
    assert.match(await docs.text(), /swagger-ui/);
    for (const [file, type] of [
      ['swagger-ui-bundle.js', 'application/javascript; charset=utf-8'],
      ['swagger-ui.css', 'text/css; charset=utf-8'],
    ] as const) {
      const answer = await fetch(`${api.url}/docs/static/${file}`);
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, type]);
      assert.ok((await answer.text()).length > 10_000);
    }
    // As fetch would not send it.
    const outside = await new Promise<number | undefined>((done) => {
      const { port } = new URL(api.url);
      httpGet({ port, path: '/docs/static/%2e%2e/%2e%2e/package.json' }, ({ statusCode }) =>
        done(statusCode),
      );
    });
    assert.equal(outside, 404);
  });

  it('documents every problem', async () => {
    const text = await readFile(join(ROOT, 'docs/api.md'), 'utf8');
    for (const [slug, { status }] of Object.entries(PROBLEMS))
      assert.match(text, new RegExp(`\\| ${status} \\| \`${slug}\` \\|`), slug);
  });

  it('tells which methods an address takes', async () => {
    const refused = await api.send('DELETE', '/v1/cancellations');
    assert.deepEqual([refused.status, slugOf(refused)], [405, 'method-not-allowed']);
    assert.deepEqual(refused.headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'POST']);
    assert.equal((await fetch(`${api.url}/v1/cancellations`, { method: 'HEAD' })).status, 200);
    for (const method of ['PROPFIND', 'MKCOL', 'PURGE']) {
      const answer = await raw(
        `${method} /v1/cancellations HTTP/1.1\r\nHost: localhost\r\nConnection: close`,
      );
      assert.match(answer, /^HTTP\/1\.1 405 /, method);
      assert.match(answer, /\r\nallow: (?:GET, HEAD, POST|POST, GET, HEAD)\r\n/i, method);
      assert.match(answer, /urn:quiesce:problem:method-not-allowed/, method);
      const nowhere = await raw(`${method} /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close`);
      assert.match(nowhere, /^HTTP\/1\.1 404 /, method);
    }
  });

  it('counts requests by route, and not by address', async () => {
    await api.send('GET', '/v1/cancellations/AAAA');
    await api.send('GET', '/v1/never-heard-of');
    const text = await (await fetch(`${api.url}/metrics`)).text();
    assert.match(
      text,
      /quiesce_api_requests_total\{method="GET",route="\/v1\/cancellations\/:id",status="404"\} \d/,
    );
    assert.match(text, /quiesce_api_request_duration_seconds_bucket/);
    assert.match(text, /process_resident_memory_bytes/);
    assert.equal(text.includes('never-heard-of'), false);
  });

  it('shows a connection as it is, and no secret of it', async () => {
    await stack.quiesce.cancellation((await stack.quiesce.cancel(await seed())).id).verdict();
    const { body } = await api.send<{ items: { health: { status: string } }[] }>('GET', '/v1/connections');
    assert.equal(body.items[0]?.health.status, 'ok');
    const text = JSON.stringify(body);
    for (const connection of stack.connections)
      for (const value of [process.env['QUIESCE_TEST_SECRET_ACCESS_KEY'], connection.settings['endpoint']])
        assert.equal(text.includes(String(value)), false);
  });

  it('keeps credentials and stack traces out of what it answers and logs', async () => {
    const secret = 'Bearer quiesce_should-not-be-seen';
    await api.send('GET', '/v1/cancellations', { headers: { authorization: secret } });
    await api.send('POST', '/v1/cancellations', { body: { task: 7 }, headers: { authorization: secret } });
    assert.equal(
      api.logs.some((line) => line.includes('should-not-be-seen')),
      false,
    );
  });

  it('has no patience with who sends slowly', { timeout: 60_000 }, async () => {
    const { port } = api.app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write('GET /v1/cancellations HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.writable && socket.write('X-Slow: 1\r\n'), 1_000);
    await once(socket, 'close');
    clearInterval(drip);
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /urn:quiesce:problem:request-timeout/);
  });

  it('has no patience with who does not begin to speak TLS', { timeout: 60_000 }, async () => {
    const secure = await startApi(stack, { tls: await certificate() });
    try {
      const { port } = secure.app.server.address() as AddressInfo;
      const socket = connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume();
      await once(socket, 'close');
    } finally {
      await secure.close();
    }
  });

  it('refuses what is no HTTP, headers without end, and what names no host or two, each under an id that is in the log', async () => {
    for (const [sent, status] of [
      ['nonsense', 400],
      [`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}`, 431],
      ['GET /v1/connections HTTP/1.1\r\nConnection: close', 400],
      ['GET /healthz HTTP/1.1\r\nHost: localhost\r\nhost: elsewhere.example\r\nConnection: close', 400],
    ] as const) {
      const answer = await raw(sent);
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /urn:quiesce:problem:/);
      const id = /\r\nx-request-id: (\S+)\r\n/i.exec(answer)?.[1];
      assert.ok(id, answer);
      assert.ok(answer.includes(`"requestId":"${id}"`), answer);
      assert.ok(
        api.logs.some((line) => line.includes(id)),
        answer,
      );
    }
    // HTTP/1.0 has no such header; and what else is expected may be ignored.
    assert.match(await raw('GET /healthz HTTP/1.0'), /^HTTP\/1\.1 200 /);
    const expecting = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nConnection: close';
    assert.match(await raw(expecting), /^HTTP\/1\.1 200 /);
  });

  it('writes no query into its log', async () => {
    await api.send('GET', '/v1/cancellations?requestedBy=somebody-in-the-log');
    const logged = api.logs.filter((line) => line.includes('/v1/cancellations'));
    assert.ok(logged.length > 0);
    assert.equal(api.logs.join('').includes('somebody-in-the-log'), false);
  });

  /** What is answered to the lines of a head, as they come. */
  async function raw(lines: string): Promise<string> {
    const { port } = api.app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(`${lines}\r\n\r\n`);
    await once(socket, 'close');
    return answer;
  }

  it('stops by answering all that is under way', async () => {
    const child = await startProcess(['--no-auth']);
    const task = await seed({ onCancel: 'stuckCanceling' });
    const { headers } = await sendTo(child.url, 'POST', '/v1/cancellations', { body: { task } });
    const waiting = sendTo(child.url, 'GET', `${headers.get('location')}&wait=60s`);
    // A connection that was kept open, and is used again after the service has been told to stop.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal(await statusOn(agent, `${child.url}/healthz`), 200);
    await sleep(300);
    const toldAtMs = Date.now();
    child.process.kill('SIGTERM');
    const answer = await waiting;
    assert.equal(answer.status, 200);
    assert.equal((answer.body as { closedAt?: string }).closedAt, undefined);
    assert.deepEqual(await child.ended, [0, null]);
    assert.ok(Date.now() - toldAtMs < 10_000, `It took ${Date.now() - toldAtMs} ms.`);
    agent.destroy();
    await assert.rejects(sendTo(child.url, 'GET', '/healthz'));
  });

  it('loses no start while it stops', async () => {
    const child = await startProcess(['--no-auth']);
    const tasks = await Promise.all(Array.from({ length: 20 }, () => seed({ onCancel: 'stuckCanceling' })));
    const answers = tasks.map((task) =>
      sendTo(child.url, 'POST', '/v1/cancellations', { body: { task } }).then(
        ({ status }) => status,
        () => 'not taken',
      ),
    );
    await sleep(20);
    child.process.kill('SIGTERM');
    const outcomes = await Promise.all(answers);
    assert.deepEqual(await child.ended, [0, null]);
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome === 202) await stack.quiesce.cancellation(tasks[place]!).status();
      else assert.equal(outcome, 'not taken');
    }
  });

  it('is not ready once it is told to stop, and answers all the same until others have seen that', async () => {
    const child = await startProcess(['--no-auth'], '', '10m');
    const task = await seed({ onCancel: 'stuckCanceling' });
    child.process.kill('SIGTERM');
    let ready = await sendTo(child.url, 'GET', '/readyz');
    for (let tries = 0; ready.status !== 503 && tries < 100; tries++) {
      await sleep(50);
      ready = await sendTo(child.url, 'GET', '/readyz');
    }
    assert.deepEqual([ready.status, slugOf(ready)], [503, 'not-ready']);
    assert.match(String(ready.body['detail']), /about to stop/);
    assert.equal((await sendTo(child.url, 'GET', '/healthz')).status, 200);
    const started = await sendTo(child.url, 'POST', '/v1/cancellations', { body: { task } });
    assert.deepEqual([started.status, started.headers.get('connection')], [202, 'close']);
    const location = started.headers.get('location');
    const waiting = sendTo(child.url, 'GET', `${location}&wait=60s`);
    await sleep(500);
    // Whoever insists is not made to wait for ten minutes.
    child.process.kill('SIGINT');
    assert.equal((await waiting).status, 200);
    assert.deepEqual(await child.ended, [0, null]);
  });

  it(
    'stops without waiting for who has said nothing, or half of something',
    { timeout: 120_000 },
    async () => {
      const tls = await certificate();
      for (const service of [await startApi(stack), await startApi(stack, { tls })]) {
        const { port } = service.app.server.address() as AddressInfo;
        const isSecure = service.app.server instanceof TlsServer;
        const open = async () => {
          const socket = isSecure
            ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
            : connect(port, '127.0.0.1');
          socket.on('error', () => {}).resume();
          await once(socket, isSecure ? 'secureConnect' : 'connect');
          return socket;
        };
        // Before TLS, and after; in the middle of a head; between two requests.
        const unspoken = connect(port, '127.0.0.1').on('error', () => {});
        const silent = await open();
        const half = await open();
        half.write('GET /healthz HTTP/1.1\r\nHost: local');
        const kept = await open();
        kept.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await sleep(300);
        const ended = [unspoken, silent, half, kept].map((socket) => once(socket.resume(), 'close'));
        const toldAtMs = Date.now();
        await service.close();
        await Promise.all(ended);
        assert.ok(Date.now() - toldAtMs < 5_000, `It took ${Date.now() - toldAtMs} ms.`);
      }
    },
  );

  it('speaks TLS from files', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, '-nodes', '-days', '1', ...subject, '-keyout', key, '-out', cert],
      {
        stdio: 'ignore',
      },
    );
    const child = await startProcess(['--no-auth'], 'api: { tls: { cert: cert.pem, key: key.pem } }\n');
    const { port } = new URL(child.url);
    const ca = await readFile(cert);
    const answer = await new Promise<{ status?: number | undefined; hsts?: string | undefined }>(
      (done, fail) => {
        httpsRequest({ port, host: 'localhost', path: '/healthz', ca }, ({ statusCode, headers }) =>
          done({ status: statusCode, hsts: headers['strict-transport-security'] }),
        )
          .on('error', fail)
          .end();
      },
    );
    assert.equal(answer.status, 200);
    assert.ok(answer.hsts);
    child.process.kill('SIGTERM');
    assert.deepEqual(await child.ended, [0, null]);
  });

  it('refuses to run where that would be careless', async () => {
    const cases = [
      [['--no-auth', '--host', '0.0.0.0'], '', /loopback addresses alone/],
      [['--no-auth'], 'api: { trustedHops: 1 }\n', /a proxy stands before/],
      [[], '', /api\.keysFile or api\.oidc/],
      [[], 'api: { keysFile: missing.json }\n', /does not exist: make a key/],
      [['--host', '0.0.0.0'], 'api: { keysFile: missing.json }\n', /in the clear/],
      [['--no-auth'], 'api: { tls: { cert: none.pem, key: none.pem } }\n', /api\.tls\.cert/],
      [
        ['--no-auth'],
        `api: { tls: { cert: ${ROOT}/test/tls/localhost.key, key: ${ROOT}/test/tls/localhost.crt } }\n`,
        /no certificate and its key/,
      ],
      [['--no-auth'], 'api: { drainFor: 3 weeks }\n', /drainFor/],
      [['--no-auth', '--port', '70000'], '', /from 0 to 65535/],
      [['--no-auth', '--prt', '1'], '', /did you mean --port/i],
      [['--no-auth'], 'api: { portt: 80 }\n', /did you mean port/],
      [['--no-auth'], 'api: { oidc: { issuer: "http://idp.example", audience: q } }\n', /https/],
    ] as const;
    for (const [args, section, message] of cases) {
      const { code, err } = await run([...args], section);
      assert.deepEqual([code, message.test(err)], [2, true], `${args.join(' ')}\n${err}`);
      assert.equal(err.trim().split('\n').length, 1, err);
    }
    const { port } = api.app.server.address() as AddressInfo;
    const taken = await run(['--no-auth', '--port', String(port)]);
    assert.deepEqual([taken.code, /EADDRINUSE/.test(taken.err)], [2, true], taken.err);
  });

  async function certificate() {
    const files = ['localhost.crt', 'localhost.key'].map((name) =>
      readFile(join(ROOT, 'test/tls', name), 'utf8'),
    );
    const [cert = '', key = ''] = await Promise.all(files);
    return { cert, key };
  }

  async function start(args: readonly string[], section = '') {
    const where = await mkdtemp(join(folder, 'run-'));
    const credentials = '{ accessKeyId: { env: A }, secretAccessKey: { env: B } }';
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:\n  sim: { provider: aws-fsx, region: eu-west-1, endpoint: ${stack.endpoint}, credentials: ${credentials} }\n${section}`,
    );
    const child = spawn(process.execPath, [BIN, 'api', ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: where, TEMPORAL_ADDRESS: stack.address },
    });
    const ended = once(child, 'close') as Promise<[number | null, string | null]>;
    return { child, ended };
  }

  async function startProcess(args: readonly string[], section?: string, drainFor = '300ms') {
    const { child, ended } = await start([...args, '--port', '0', '--drain-for', drainFor], section);
    child.stderr.resume();
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const url = /https?:\/\/\S+:\d+/.exec(line)?.[0];
    assert.ok(url, line);
    return { process: child, ended, url };
  }

  async function run(
    args: readonly string[],
    section?: string,
  ): Promise<{ code: number | null; err: string }> {
    const { child, ended } = await start(args, section);
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const [code] = await ended;
    return { code, err };
  }
});

function statusOn(agent: Agent, url: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    httpGet(url, { agent }, (answer) => {
      answer.resume();
      answer.once('end', () => done(answer.statusCode));
    }).on('error', fail);
  });
}
