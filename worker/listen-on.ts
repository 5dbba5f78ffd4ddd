import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../config/config-error.js';

export interface Listening {
  /** The port is the one that was chosen, where any was asked for. */
  readonly url: string;
  /** Ends it, and whoever is still connected. */
  close(): void;
}

/**
 * Serves HTTP for whoever looks after a Worker.
 * @param refusal what it could not do, and what to change, as a sentence; it is given the error's code.
 * @throws ConfigError when nobody can listen there.
 */
export async function listenOn(
  { host, port }: { readonly host: string; readonly port: number },
  answer: RequestListener,
  refusal: (code: string | undefined) => string,
): Promise<Listening> {
  const server = createServer(answer);
  server.listen(port, host);
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new ConfigError(refusal(code));
  });
  const { address, port: chosen, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
