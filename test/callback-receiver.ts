import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { CallbackPayload } from '../contract/callback.js';

/** One request, after the specification's own library has verified it. */
export interface SeenCallback {
  readonly path: string;
  readonly webhookId: string;
  /** The attempt's own time, in seconds. */
  readonly timestamp: number;
  readonly signatures: readonly string[];
  readonly payload: CallbackPayload;
}

type Reply = (response: ServerResponse, attempt: number) => void;

/** Whoever is called back: a real HTTP server that believes nothing it cannot verify. */
export interface CallbackReceiver {
  readonly origin: string;
  readonly port: number;
  readonly secret: string;
  /** All that was verified, in order. */
  readonly seen: readonly SeenCallback[];
  /** How many were not: they are answered 401. */
  readonly forged: () => number;
  /** An address that is answered by `reply`, or 204. */
  address(name: string, reply?: Reply): string;
  at(address: string): SeenCallback[];
  /** Waits until an address has had so many. */
  until(address: string, count?: number): Promise<[SeenCallback, ...SeenCallback[]]>;
  close(): void;
}

export function newSecret(bytes = 32): string {
  return `whsec_${randomBytes(bytes).toString('base64')}`;
}

/** Of `localhost`, by nobody but itself, with a key that is of no worth; unlike localhost.crt, not of 127.0.0.1, which a test needs. */
export const CERTIFICATE = join(import.meta.dirname, '../../test/tls/certificate.pem');
const KEY = join(import.meta.dirname, '../../test/tls/key.pem');

export async function startReceiver(options: { readonly tls?: true } = {}): Promise<CallbackReceiver> {
  const secret = newSecret();
  const seen: SeenCallback[] = [];
  const replies = new Map<string, Reply>();
  let forged = 0;
  const listener: RequestListener = (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const path = message.url ?? '';
      const headers = message.headers as Record<string, string>;
      try {
        const payload = new Webhook(secret).verify(Buffer.concat(chunks), headers) as CallbackPayload;
        seen.push({
          path,
          payload,
          webhookId: headers['webhook-id'] ?? '',
          timestamp: Number(headers['webhook-timestamp']),
          signatures: (headers['webhook-signature'] ?? '').split(' '),
        });
      } catch {
        forged += 1;
        response.writeHead(401).end();
        return;
      }
      const reply = replies.get(path.split('?')[0] ?? '') ?? answers(204);
      reply(response, at(path).length);
    });
  };
  const server =
    options.tls === true
      ? createTlsServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, listener)
      : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const origin = options.tls === true ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  const at = (address: string) => seen.filter(({ path }) => address.endsWith(path));
  return {
    origin,
    port,
    secret,
    seen,
    forged: () => forged,
    at,
    address(name, reply) {
      if (reply !== undefined) replies.set(`/${name}`, reply);
      return `${origin}/${name}`;
    },
    async until(address, count = 1) {
      for (;;) {
        const [first, ...others] = at(address);
        if (first !== undefined && others.length + 1 >= count) return [first, ...others];
        await sleep(20);
      }
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers with these statuses in turn, and with the last of them from then on. */
export function answers(...statuses: readonly number[]): Reply {
  return (response, attempt) =>
    response.writeHead(statuses[Math.min(attempt, statuses.length) - 1] ?? 204).end();
}
