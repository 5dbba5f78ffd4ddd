import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { httpServer, type Tls } from '../../api/http-server.js';
import { read, ROOT } from '../deploy-files.js';

const DOCUMENTED = Number(
  /, ([\d,]+) connections\./.exec(read('docs/api.md'))?.[1]?.replaceAll(',', '') ?? NaN,
);
/** Whom the certificate is of. */
const HOST = 'localhost';

describe('the server of the HTTP service', () => {
  it('takes no more connections than there may be, serves those it has, and another once one has gone', async (t) => {
    for (const tls of [undefined, await certificate()]) {
      const server = await listening(t, tls);
      assert.equal(server.maxConnections, DOCUMENTED);
      // That many take more files than some machines let a process open.
      server.maxConnections = 2;
      const [first, second] = [await connected(server, t), await connected(server, t)];
      const dropped = once(server, 'drop');
      assert.equal(await heard(opened(server, t)), '');
      await dropped;
      assert.match(await asked(second.client, tls), /^HTTP\/1\.1 200 OK/);
      const gone = once(first.accepted, 'close');
      first.client.destroy();
      await gone;
      const { client } = await connected(server, t);
      assert.match(await asked(client, tls), /^HTTP\/1\.1 200 OK/);
    }
  });
});

async function listening(t: TestContext, tls: Tls | undefined): Promise<Server> {
  const server = httpServer((_request, response) => response.end(), tls);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return server;
}

async function certificate(): Promise<Tls> {
  const [cert, key] = await Promise.all(
    ['localhost.crt', 'localhost.key'].map((name) => readFile(join(ROOT, 'test/tls', name), 'utf8')),
  );
  return { cert: cert ?? '', key: key ?? '' };
}

function opened(server: Server, t: TestContext): Socket {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  t.after(() => client.destroy());
  return client;
}

/** One that the server has taken; it says nothing yet. */
async function connected(server: Server, t: TestContext): Promise<{ client: Socket; accepted: Socket }> {
  const taken = once(server, 'connection') as Promise<[Socket]>;
  const client = opened(server, t);
  const [accepted] = await taken;
  return { client, accepted };
}

async function asked(socket: Socket, tls: Tls | undefined): Promise<string> {
  const client = tls === undefined ? socket : connectSecurely({ socket, ca: tls.cert, servername: HOST });
  client.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`);
  return heard(client);
}

/** All that comes until the server hangs up. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => (text += more));
  // Not `once` of events: that would fail where the server hangs up by a reset.
  return new Promise((resolve) => socket.on('close', () => resolve(text)));
}
