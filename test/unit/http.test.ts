import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { HttpEndpoint, jsonObject, type HttpLimits, type HttpRequest } from '../../providers/http.js';
import type { ProviderError } from '../../providers/provider.js';
import { providerErrorOf } from './provider-error-of.js';

/** Everything in it that must never be told is called SECRET. */
const REQUEST: HttpRequest = {
  method: 'POST',
  path: '/v1/task%2F1',
  query: 'Signature=SECRET1',
  headers: { authorization: 'SECRET2' },
  body: '{"password":"SECRET3"}',
};

describe('HttpEndpoint', () => {
  it('sends a request as it was signed, and gives the answer', async (t) => {
    const seen: Record<string, unknown>[] = [];
    const endpoint = await serve(t, (message, body, response) => {
      seen.push({ ...message.headers, line: `${message.method} ${message.url}`, body });
      response.writeHead(201, { 'X-Request-Id': 'r-1', 'Set-Cookie': ['a', 'b'] }).end('é');
    });
    const query = "a=x~%2A%27'&e=&z=%E7%9B%AE%20b+c";
    const answer = await endpoint.call({ ...REQUEST, method: 'DELETE', query }, never());
    assert.deepEqual([answer.status, answer.body], [201, 'é']);
    assert.deepEqual([answer.headers['x-request-id'], answer.headers['set-cookie']], ['r-1', 'a, b']);
    await endpoint.call(
      { method: 'GET', path: '/', headers: { host: endpoint.host, 'user-agent': 'mine' } },
      never(),
    );
    const [first, second] = seen;
    assert.equal(first?.['line'], `DELETE /v1/task%2F1?${query}`);
    assert.deepEqual([first?.['host'], first?.['authorization']], [endpoint.host, 'SECRET2']);
    assert.deepEqual([first?.['body'], first?.['user-agent']], [REQUEST.body, 'quiesce']);
    assert.deepEqual([second?.['line'], second?.['user-agent'], second?.['body']], ['GET /', 'mine', '']);
  });

  it('takes every status for an answer, and follows no redirect', async (t) => {
    const endpoint = await serve(t, (message, _body, response) => {
      response.writeHead(Number(message.url?.slice(1)), { location: '/200' }).end('<html>');
    });
    for (const status of [302, 400, 404, 407, 429, 503]) {
      const answer = await endpoint.call({ method: 'GET', path: `/${status}` }, never());
      assert.deepEqual([answer.status, answer.body, jsonObject(answer)], [status, '<html>', undefined]);
    }
  });

  it('keeps its connections, and ends them when closed', async (t) => {
    const sockets = new Set<unknown>();
    const endpoint = await serve(t, (message, _body, response) => {
      sockets.add(message.socket);
      response.end();
    });
    for (let calls = 0; calls < 20; calls++) await endpoint.call(REQUEST, never());
    // Two: the end of an answer is told a moment before its connection is free again.
    assert.ok(sockets.size <= 2, `${sockets.size} connections`);
    endpoint.close();
    await unavailable(endpoint, 'UND_ERR_DESTROYED');
  });

  it('gives up where the caller does, before and in the middle', async (t) => {
    let calls = 0;
    const controller = new AbortController();
    const endpoint = await serve(t, () => {
      calls++;
      controller.abort(new Error('SECRET4'));
    });
    await unavailable(endpoint, 'AbortError', controller.signal);
    await unavailable(endpoint, 'AbortError', controller.signal);
    assert.equal(calls, 1);
  });

  it('does not send what cannot be sent, and does not tell it', async (t) => {
    const endpoint = await serve(t, (_message, _body, response) => response.end());
    const call = endpoint.call({ ...REQUEST, headers: { authorization: 'SECRET2\nx' } }, never());
    const error = await failure(call);
    assert.deepEqual([error.kind, error.code], ['invalid', 'UND_ERR_INVALID_ARG']);
  });

  it('takes an origin for an endpoint, and does not repeat a wrong one', () => {
    for (const wrong of ['', 'x', 'ftp://h', 'https://u:SECRET@h', 'https://h/path', 'https://h?SECRET']) {
      assert.throws(() => new HttpEndpoint(wrong), /^Error: An endpoint must be scheme, host and port alone/);
    }
    const hosts = ['https://h', 'https://h:443/', 'http://[::1]:80', 'https://h:8443'];
    assert.deepEqual(
      hosts.map((each) => new HttpEndpoint(each).host),
      ['h', 'h', '[::1]', 'h:8443'],
    );
  });
});

describe('HttpEndpoint, without an answer', () => {
  it('a connection refused', async (t) => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const endpoint = open(t, `http://127.0.0.1:${port}`);
    await unavailable(endpoint, 'ECONNREFUSED');
  });

  it('a connection reset before the answer', async (t) => {
    const endpoint = await serve(t, (message) => message.socket.resetAndDestroy());
    await unavailable(endpoint, /^(ECONNRESET|UND_ERR_SOCKET)$/);
  });

  it('a connection closed in the middle of the answer', async (t) => {
    const endpoint = await serve(t, (message, _body, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('SECRET5');
      setTimeout(() => message.socket.destroy(), 50);
    });
    await unavailable(endpoint, /^UND_ERR_(SOCKET|RES_CONTENT_LENGTH_MISMATCH)$/);
  });

  it('what is not HTTP', async (t) => {
    const port = await listenTcp(
      t,
      createTcpServer((socket) => socket.on('error', () => {}).end('SECRET5\r\n\r\n')),
    );
    await unavailable(open(t, `http://127.0.0.1:${port}`), /^(HPE_|HTTPParserError$)/);
    await unavailable(open(t, `https://127.0.0.1:${port}`), /^(ERR_SSL|EPROTO|ECONNRESET)/);
  });

  it('no connection in time', async (t) => {
    const port = await listenTcp(
      t,
      createTcpServer((socket) => socket.on('error', () => {})),
    );
    await unavailable(open(t, `https://127.0.0.1:${port}`, { connectMs: 100 }), 'UND_ERR_CONNECT_TIMEOUT');
  });

  it('no headers in time', async (t) => {
    await unavailable(await serve(t, () => {}, { headersMs: 100 }), 'UND_ERR_HEADERS_TIMEOUT');
  });

  it('a body that stops half-way', async (t) => {
    const stop = (_message: IncomingMessage, _body: string, response: ServerResponse) =>
      response.write('SECRET5');
    await unavailable(await serve(t, stop, { bodyMs: 100 }), 'UND_ERR_BODY_TIMEOUT');
  });

  it('a body that trickles for ever', async (t) => {
    const trickle = (_message: IncomingMessage, _body: string, response: ServerResponse) => {
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    await unavailable(await serve(t, trickle, { totalMs: 300 }), 'TimeoutError');
  });

  it('gives up a call that waits for a connection', async (t) => {
    const endpoint = await serve(t, () => {}, { headersMs: 60_000, totalMs: 60_000 });
    const stopped = new AbortController();
    for (let taken = 0; taken < 64; taken++) endpoint.call(REQUEST, stopped.signal).catch(() => {});
    const own = new AbortController();
    const waiting = endpoint.call(REQUEST, own.signal);
    setTimeout(() => own.abort(), 50);
    await assert.rejects(waiting, (thrown: unknown) => (thrown as ProviderError).code === 'AbortError');
    stopped.abort();
  });

  it('a body that is too large', async (t) => {
    const large = (_message: IncomingMessage, _body: string, response: ServerResponse) =>
      response.end('SECRET5'.repeat(1000));
    await unavailable(await serve(t, large, { bodyBytes: 1000 }), 'UND_ERR_RES_EXCEEDED_MAX_SIZE');
  });
});

describe('jsonObject', () => {
  it('gives objects alone and never throws', () => {
    const read = (body: string) => jsonObject({ status: 200, headers: {}, body });
    for (const body of ['', '<html>', 'null', '[]', '"x"', '1', '{', '{}x'])
      assert.equal(read(body), undefined);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(read(text), JSON.parse(text));
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (body) => void read(body)));
  });
});

type Handler = (message: IncomingMessage, body: string, response: ServerResponse) => unknown;

async function serve(t: TestContext, handler: Handler, limits?: Partial<HttpLimits>): Promise<HttpEndpoint> {
  const server: Server = createServer((message, response) => {
    let body = '';
    message.on('data', (chunk: Buffer) => (body += chunk.toString()));
    message.on('end', () => void handler(message, body, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return open(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, limits);
}

function open(t: TestContext, origin: string, limits: Partial<HttpLimits> = {}): HttpEndpoint {
  const endpoint = new HttpEndpoint(origin, { limits, env: { HTTP_PROXY: 'http://proxy.invalid' } });
  t.after(() => endpoint.close());
  return endpoint;
}

async function listenTcp(t: TestContext, server: TcpServer): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function unavailable(endpoint: HttpEndpoint, code: string | RegExp, signal = never()): Promise<void> {
  const error = await failure(endpoint.call(REQUEST, signal));
  assert.equal(error.kind, 'unavailable');
  if (typeof code === 'string') assert.equal(error.code, code);
  else assert.match(error.code, code);
  assert.match(error.message, /^POST https?:\/\/[^/?]+\/v1\/task%2F1: [a-z]/);
}

/** The error of a call; nothing of it, cause and stack included, tells a secret. */
async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error = await providerErrorOf(call);
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /SECRET/);
  return error;
}

const never = () => new AbortController().signal;
