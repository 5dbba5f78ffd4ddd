import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { HttpEndpoint } from '../../providers/http.js';
import { ProviderError } from '../../providers/provider.js';

/** A host that only the proxy knows. */
const VENDOR = 'vendor.invalid';

describe('HttpEndpoint behind a proxy', () => {
  let vendor: Server;
  let proxy: Server;
  let proxyUrl: string;
  /** What the proxy was asked, with whose credential. */
  let tunnels: string[] = [];
  let proxyStatus = 200;

  before(async () => {
    vendor = createServer((message, response) => response.end(`${message.headers.host}${message.url}`));
    proxy = createServer((_message, response) => response.writeHead(500).end());
    proxy.on('connect', (message, socket) => {
      tunnels.push(`${message.url} ${message.headers['proxy-authorization'] ?? '-'}`);
      if (proxyStatus !== 200) {
        socket.end(`HTTP/1.1 ${proxyStatus} No\r\n\r\n`);
        return;
      }
      const upstream = connect((vendor.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const each of [socket, upstream]) each.on('error', () => upstream.destroy());
    });
    for (const server of [vendor, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
    proxyUrl = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });

  after(() => {
    for (const server of [vendor, proxy]) {
      server.close();
      server.closeAllConnections();
    }
  });

  it('goes through the proxy of its scheme, in capitals or small letters, with or without a scheme', async () => {
    for (const env of [
      { HTTP_PROXY: `http://${proxyUrl}` },
      { http_proxy: proxyUrl, HTTP_PROXY: 'http://other.invalid' },
      { HTTP_PROXY: `http://${proxyUrl}`, NO_PROXY: 'other.invalid,.example.com' },
    ]) {
      assert.equal(await ask(`http://${VENDOR}`, env), `${VENDOR}/path?q=1`);
      assert.deepEqual(tunnels, [`${VENDOR}:80 -`]);
    }
  });

  it('gives up, once, when the proxy hangs up', async () => {
    let connections = 0;
    const rude = createServer();
    rude.on('connection', () => void connections++);
    rude.on('connect', (_message, socket) => socket.destroy());
    await once(rude.listen(0, '127.0.0.1'), 'listening');
    const port = (rude.address() as AddressInfo).port;
    await assert.rejects(
      ask(`http://${VENDOR}`, { HTTP_PROXY: `127.0.0.1:${port}` }),
      (thrown: unknown) => thrown instanceof ProviderError && thrown.code === 'ECONNRESET',
    );
    assert.equal(connections, 1);
    rude.close();
  });

  it('signs in at the proxy', async () => {
    await ask(`http://${VENDOR}`, { HTTP_PROXY: `http://me:p%40ss@${proxyUrl}` });
    assert.deepEqual(tunnels, [`${VENDOR}:80 Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
  });

  it('goes straight where NO_PROXY says, to this machine, and when the proxy is for the other scheme', async () => {
    const here = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
    assert.match(await ask(here, { HTTP_PROXY: proxyUrl }), /\/path\?q=1$/);
    for (const env of [
      { HTTP_PROXY: proxyUrl, NO_PROXY: VENDOR },
      { HTTP_PROXY: proxyUrl, no_proxy: '.invalid' },
      { HTTP_PROXY: proxyUrl, NO_PROXY: '*' },
      { HTTP_PROXY: '' },
      { HTTPS_PROXY: proxyUrl },
    ]) {
      const error = await refusal(`http://${VENDOR}`, env);
      assert.match(error.code, /^(ENOTFOUND|EAI_AGAIN|TimeoutError|UND_ERR_CONNECT_TIMEOUT)$/);
      assert.deepEqual(tunnels, []);
    }
  });

  it('says what the proxy answered, and not with which password', async () => {
    proxyStatus = 407;
    const error = await refusal(`https://${VENDOR}`, { HTTPS_PROXY: `http://me:SECRET@${proxyUrl}` });
    proxyStatus = 200;
    assert.deepEqual([error.kind, error.code], ['unavailable', 'UND_ERR_ABORTED']);
    assert.equal(error.message, `GET https://${VENDOR}/path: the proxy answered 407`);
  });

  it('names a variable that holds no proxy, and not its value', () => {
    for (const value of ['http://me:SECRET@:x', 'ftp://SECRET']) {
      assert.throws(
        () => new HttpEndpoint(`https://${VENDOR}`, { env: { HTTPS_PROXY: value } }),
        /^Error: HTTPS_PROXY is not the address of a proxy, such as http:\/\/proxy\.example\.com:3128\.$/,
      );
    }
  });

  async function ask(origin: string, env: NodeJS.ProcessEnv): Promise<string> {
    tunnels = [];
    const endpoint = new HttpEndpoint(origin, { env, limits: { totalMs: 3_000 } });
    try {
      const request = { method: 'GET', path: '/path', query: 'q=1' };
      return (await endpoint.call(request, new AbortController().signal)).body;
    } finally {
      endpoint.close();
    }
  }

  async function refusal(origin: string, env: NodeJS.ProcessEnv): Promise<ProviderError> {
    const thrown = await ask(origin, env).catch((error: unknown) => error);
    assert.ok(thrown instanceof ProviderError, String(thrown));
    return thrown;
  }
});
