import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { after, before, describe, it } from 'node:test';
import type { Api } from '../../api/api.js';
import { withoutAuthentication } from '../../api/authenticate.js';
import { HeldRequests } from '../../api/held-requests.js';
import { newApp } from '../../api/new-app.js';
import { ProblemError } from '../../api/problem.js';
import { apiSchema } from '../../config/api-settings.js';

const MOST = 3;

describe('requests that are held', { timeout: 60_000 }, () => {
  const told = new EventEmitter();
  const held: AbortSignal[] = [];
  let app: Api;
  let port: number;

  before(async () => {
    const requests = new HeldRequests({
      authenticate: withoutAuthentication,
      closing: new AbortController().signal,
      mostPerCaller: MOST,
    });
    app = newApp({ settings: apiSchema.parse({}) });
    app.decorateRequest('caller');
    app.addHook('onRequest', async (request) => {
      request.caller = await withoutAuthentication(request);
    });
    app.get('/held', async (request, reply) => hold(request, reply));
    app.get('/late', async (request, reply) => {
      told.emit('late');
      await once(request.raw.socket, 'close');
      return hold(request, reply);
    });
    async function hold(request: FastifyRequest, reply: FastifyReply): Promise<string> {
      const signal = requests.hold(request, reply);
      held.push(signal);
      told.emit('held');
      if (!signal.aborted) await once(signal, 'abort');
      return 'over';
    }
    await app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = app.server.address() as AddressInfo);
  });
  after(() => app?.close());

  /** Sends so many at once, waits until they are held, and is gone. */
  async function leave(count: number): Promise<void> {
    held.length = 0;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /held HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(count));
    while (held.length < count) await once(told, 'held');
    socket.destroy();
    for (const signal of held) if (!signal.aborted) await once(signal, 'abort');
  }

  it('are not held at all for whoever has gone before', async () => {
    for (let times = 0; times < MOST; times++) {
      held.length = 0;
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /late HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(2));
      await once(told, 'late');
      socket.destroy();
      while (held.length < 2) await once(told, 'held');
      assert.ok(held.every(({ aborted }) => aborted));
    }
    await leave(MOST);
  });

  const lives: [string, ProblemError, number][] = [
    ['at once when their credential counts no more', new ProblemError('unauthenticated', 'Revoked.'), 5_000],
    [
      'after a minute in which nobody could tell whether it does',
      new ProblemError('authentication-unavailable', 'The issuer is away.'),
      65_000,
    ],
  ];
  for (const [when, why, endsAfterMs] of lives)
    it(`end ${when}`, async (t) => {
      t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
      const requests = new HeldRequests({
        authenticate: () => Promise.reject(why),
        closing: new AbortController().signal,
        mostPerCaller: MOST,
      });
      const answer = new EventEmitter();
      const request = { caller: { name: 'ada' }, raw: { socket: { destroyed: false } } };
      const signal = requests.hold(
        request as unknown as FastifyRequest,
        { raw: answer } as unknown as FastifyReply,
      );
      for (let afterMs = 5_000; afterMs <= endsAfterMs; afterMs += 5_000) {
        assert.equal(signal.aborted, false, `${afterMs} ms`);
        t.mock.timers.tick(5_000);
        for (let turns = 0; turns < 5; turns++) await Promise.resolve();
      }
      assert.equal(signal.reason, why);
      answer.emit('close');
    });

  it('are let go of with their connection, also those that stood behind others on it', async () => {
    for (let times = 0; times < 3; times++) {
      await leave(MOST);
      for (const signal of held) assert.equal(signal.reason.name, 'AbortError');
    }
  });
});
